"""The room of pictures: hostile files, hostile servers."""
