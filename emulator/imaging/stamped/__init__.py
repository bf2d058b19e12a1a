"""Unique pages for load runs: a page is encoded once, and for each copy only the strip with its number is.

The strip is at the foot of the page. It is encoded alone and put behind the rest of the encoded page, which decodes
to the same pixels as if the whole page had been encoded (JPEG, PNG and Group 4 each have a way to begin anew in the
middle of an image).
"""
