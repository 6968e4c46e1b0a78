"""The command line: a file a noun, loaded when it is called."""
