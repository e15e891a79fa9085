// Nothing: the targets that precompile headers for others want a source file.
