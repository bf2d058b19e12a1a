"""Reading of image files: what each kind needs beyond Pillow."""
