# Rows to learn languages from: each sentence, some of its word pairs and some of its words, so that short messages are known too.
# What is written in language_phrases.tsv is little, so all of its pairs and words are taken.
# Usage: awk -F'\t' -f language-rows.awk SENTENCES.tsv PHRASES.tsv
{
	print $1 "\t" $2
	all = FILENAME ~ /phrases/
	n = split($2, part, /[^[:alpha:]'\200-\377]+/)
	count = 0
	for (i = 1; i <= n; i++)
		if (length(part[i]) >= 2 && part[i] !~ /^[\342\302]/)
			word[++count] = part[i]
	pairs = all ? 1 : int(count / 3) + 1
	words = all ? 1 : int(count / 5) + 1
	for (i = 1 + NR % pairs; i < count; i += pairs)
		print $1 "\t" word[i] " " word[i + 1]
	for (i = 1 + NR % words; i <= count; i += words)
		print $1 "\t" word[i]
}
