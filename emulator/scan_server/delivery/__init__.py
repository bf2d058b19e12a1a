"""Where the images go: mail servers, SharePoint libraries, SMB shares, folders of the store."""
