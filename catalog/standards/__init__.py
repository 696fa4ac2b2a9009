"""The rules of the standards library and the classification tree, and the files that come with them."""
