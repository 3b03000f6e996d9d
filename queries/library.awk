# Makes the array of queries/library.h of the files queries/library/NAME.cypher: a string for each line.
BEGIN {
	print "#include \"queries/library.h\"\n\nconst struct library_file library_files[] = {"
}
FNR == 1 {
	if (NR > 1)
		print "\t},"
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.cypher$/, "", name)
	printf "\t{\"%s\",\n", name
}
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\t/, "\\t")
	printf "\t \"%s\\n\"\n", $0
	count += FNR == 1
}
END {
	if (NR > 0)
		print "\t},"
	printf "};\nconst size_t library_file_count = %d;\n", count
}
