#include "text/language.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int
setup(void **state)
{
	struct language_reader *r = NULL;
	struct error e;
	if (language_reader_new(&r, &e))
		fail_msg("%s", e.text);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	struct language_reader *r = *state;
	language_reader_free(&r);
	assert_null(r);
	return 0;
}

static struct language
read_text(struct language_reader *r, struct arena *a, struct str text)
{
	struct tokens t;
	struct language l;
	arena_init(a, 0);
	tokens_read(a, text, &t);
	language_read(r, a, &t, &l);
	return l;
}

static void
test_languages(void **state)
{
	static const struct {
		const char *text, *code;
	} rows[] = {
		{"The parcel that you sent last week has not reached my house", "en"},
		{"El paquete que enviaron la semana pasada no ha llegado a mi casa",
			"es"},
		{"A encomenda que vocês enviaram na semana passada ainda não chegou",
			"pt"},
		{"Le colis que vous avez envoyé la semaine dernière n'est pas arrivé",
			"fr"},
		{"Das Paket, das Sie letzte Woche geschickt haben, ist nicht da", "de"},
		{"Il pacco che avete spedito la settimana scorsa non è ancora qui", "it"},
		{"Het pakket dat u vorige week stuurde is er nog steeds niet", "nl"},
		{"Paczka, którą wysłaliście w zeszłym tygodniu, jeszcze nie przyszła",
			"pl"},
		{"Geçen hafta gönderdiğiniz paket hâlâ evime ulaşmadı", "tr"},
		{"Paket yang Anda kirim minggu lalu belum tiba di rumah saya", "id"},
		{"El paquet que vau enviar la setmana passada encara no ha arribat a casa",
			"ca"},
		{"Paketet som ni skickade förra veckan har inte kommit fram", "sv"},
		{"Посылка, которую вы отправили на прошлой неделе, не дошла", "ru"},
		{"พัสดุที่ส่งเมื่อสัปดาห์ที่แล้วยังไม่ถึงบ้าน", "th"},
		{"ผมต้องการทราบสถานะออเดอร์ #12345 ใน App Store", "th"},
		{"上周寄出的包裹还没有到", "zh"},
		{"先週送った荷物がまだ届きません", "ja"},
		{"지난주에 보낸 소포가 아직 안 왔어요", "ko"},
		{"الطرد لم يصل بعد", "ar"},
		{"hola", "es"},
		{"thanks", "en"},
		{"danke", "de"},
		{"ok gracias", "es"},
		{"lol thanks", "en"},
		{"no llegó", "es"},
		{"wo ist mein Paket", "de"},
		{"quero cancelar", "pt"},
		{"gdzie jest", "pl"},
		{"non funziona", "it"},
		{"waar is mijn pakket", "nl"},
		{"siparişim nerede", "tr"},
		{"belum sampai", "id"},
		{"Buenos Días", "es"},
		{"Guten Tag", "de"},
		{"hola, my order no ha llegado todavía", "es"},
		{"Anna Kowalska", "unknown"},
		{"María García", "unknown"},
		{"Hans Müller", "unknown"},
		{"lol", "unknown"},
		{"iPhone 15", "unknown"},
		{"", "unknown"},
		{"ok", "unknown"},
		{"12345 678", "unknown"},
		{"😄👍", "unknown"},
		{"https://www.example.com/producto/zapatos", "unknown"},
		{"dana@example.com ORD-1A2B3C4D", "unknown"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct language l = read_text(*state, &a, str_of(rows[i].text));
		if (!str_eq(l.code, str_of(rows[i].code)))
			fail_msg("%s: %.*s %g", rows[i].text, STR_ARG(l.code),
				l.confidence);
		bool known = strcmp(rows[i].code, LANGUAGE_UNKNOWN) != 0;
		assert_int_equal(known, l.confidence > 0);
		arena_fini(&a);
	}
}

static void
test_long_and_broken_text(void **state)
{
	char *text = malloc(40000);
	for (size_t i = 0; i < 40000; i++)
		text[i] = "where is my order \xff\xc3 "[i % 21];
	struct arena a;
	struct language l = read_text(*state, &a, (struct str){text, 40000});
	assert_true(str_eq(l.code, STR("en")));
	arena_fini(&a);
	free(text);
}

static void
test_sticky(void **state)
{
	(void)state;
	struct language sure = {STR("es"), .95, 30}, shorter = {STR("es"), .95, 4},
			unsure = {STR("es"), .5, 30};
	struct language unknown = {STR("unknown"), 0, 0};
	assert_true(str_eq(language_follow(STR("en"), &sure), STR("es")));
	assert_true(str_eq(language_follow(STR("en"), &shorter), STR("en")));
	assert_true(str_eq(language_follow(STR("en"), &unsure), STR("en")));
	assert_true(str_eq(language_follow(STR("en"), &unknown), STR("en")));
	assert_true(str_eq(language_follow(STR(""), &unsure), STR("es")));
	assert_true(str_eq(language_follow(STR("unknown"), &shorter), STR("es")));
	assert_true(str_eq(language_follow(STR(""), &unknown), STR("unknown")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_languages, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_long_and_broken_text, setup, teardown),
		cmocka_unit_test(test_sticky),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
