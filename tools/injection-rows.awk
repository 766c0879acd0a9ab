# Rows to learn attacks from: what is labelled as it is, attack prompts cut into lines that a person could send, and every n-th
# ordinary request to two assistants as what is no attack.
# Languages of which there are few attacks need ordinary sentences too, or the language itself would be suspicious.
# Usage: awk -F'\t' -f injection-rows.awk DEEPSET.tsv injection_phrases.tsv GISKARD.tsv CLINC150.tsv MULTIDOGO.tsv language_phrases.tsv langid_lingua/sentences.tsv
FILENAME ~ /deepset|injection_phrases/ { print $1 "\t" $2 }
FILENAME ~ /giskard/ { print "injection\t" substr($2, 1, 600) }
FILENAME ~ /clinc150/ && FNR % 25 == 0 { print "ok\t" $2 }
FILENAME ~ /multidogo/ && FNR % 141 == 0 { print "ok\t" $2 }
FILENAME ~ /language_phrases/ { print "ok\t" $2 }
FILENAME ~ /lingua/ && FNR % 31 == 0 { print "ok\t" $2 }
