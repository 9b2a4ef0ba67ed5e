"""The room that puts entries in order: topics, twins, sections. All of it is pure."""
