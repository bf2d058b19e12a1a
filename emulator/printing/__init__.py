"""What is printed on paper, whoever prints it: type faces, the setting of lines, words as pixels, bar codes."""
