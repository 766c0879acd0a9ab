/* URLs, addresses, forms: what is read, what is refused, and which addresses a user's URL
 * must not reach. */
#include "wire/url.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "wire/base64.h"
#include "wire/form.h"

static void
test_good_urls(void **state)
{
	static const struct {
		const char *text, *host, *path, *query;
		int port;
		bool https, is_ip;
	} cases[] = {
		{"http://a.example", "a.example", "", "", 80, false, false},
		{"HTTPS://a.example:8443/x/y?q=1#f", "a.example", "/x/y", "q=1", 8443,
			true, false},
		{"http://a.example?q", "a.example", "", "q", 80, false, false},
		{"http://a.example/?", "a.example", "/", "", 80, false, false},
		{"https://192.0.2.1/", "192.0.2.1", "/", "", 443, true, true},
		{"http://[2001:db8::1]:81/a@b", "2001:db8::1", "/a@b", "", 81, false,
			true},
		{"http://xn--bcher-kva.example./", "xn--bcher-kva.example.", "/", "", 80,
			false, false},
		{"http://my_service:3000/", "my_service", "/", "", 3000, false, false},
		{"http://3com.example/", "3com.example", "/", "", 80, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url u;
		struct error e = {0};
		if (url_parse(str_of(cases[i].text), &u, &e) != OK)
			fail_msg("%s: %s", cases[i].text, e.text);
		assert_true(str_eq(u.host, str_of(cases[i].host)));
		assert_true(str_eq(u.path, str_of(cases[i].path)));
		assert_true(str_eq(u.query, str_of(cases[i].query)));
		assert_int_equal(u.port, cases[i].port);
		assert_int_equal(u.https, cases[i].https);
		assert_int_equal(u.is_ip, cases[i].is_ip);
	}
}

static void
test_bad_urls(void **state)
{
	static const char *const cases[] = {"", "a.example", "//a.example/", "http:/a",
		"http:///a", "ftp://a/", "javascript:alert(1)", "http://user@a/",
		"http://a:b@c/", "http://a b/", "http://a/\n", "http://a/\x7f",
		"http://a/\xc3\xa9", "http://a\\@b/", "http://a%2eb/", "http://-a/",
		"http://a-/", "http://a..b/", "http://.a/", "http://./", "http://127.1/",
		"http://0177.0.0.1/", "http://0x7f.0.0.1/", "http://2130706433/",
		"http://1.2.3.4.5/", "http://256.1.1.1/", "http://01.2.3.4/",
		"http://[::1/", "http://[1.2.3.4]/", "http://[::1%25eth0]/",
		"http://[::g]/", "http://a:/", "http://a:0/", "http://a:65536/",
		"http://a:+1/", "http://a:8x/", "http://[::1]x/", "http://a/<b>"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url u;
		if (url_parse(str_of(cases[i]), &u, NULL) != ERR_INVALID)
			fail_msg("\"%s\" is taken", cases[i]);
	}
	char label[80] = "http://";
	memset(label + 7, 'a', 64);
	struct url u;
	assert_int_equal(url_parse(str_of(label), &u, NULL), ERR_INVALID);
	label[7 + 63] = '\0';
	assert_int_equal(url_parse(str_of(label), &u, NULL), OK);
}

static void
test_public_addresses(void **state)
{
	static const char *const public[] = {"1.1.1.1", "8.8.8.8", "9.255.255.255",
		"11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255",
		"172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
		"198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450::1",
		"2001:200::1", "2002:0808:0808::", "64:ff9b::808:808", "::ffff:8.8.8.8"};
	static const char *const not_public[] = {"0.0.0.0", "0.1.2.3", "10.0.0.1",
		"10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
		"127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
		"198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
		"255.255.255.255", "::", "::1", "::7f00:1", "fc00::1", "fd00:ec2::254",
		"fe80::1", "febf::1", "fec0::1", "ff02::1", "2001::1", "2001:db8::1",
		"3fff::1", "100::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"::ffff:169.254.169.254", "2002:7f00:0001::", "2002:0a00:0001::1",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "4000::1"};
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < sizeof(public) / sizeof(public[0]); i++) {
		assert_true(ip_parse(str_of(public[i]), &ip));
		if (!ip_is_public(&ip))
			fail_msg("%s is public", public[i]);
	}
	for (size_t i = 0; i < sizeof(not_public) / sizeof(not_public[0]); i++) {
		assert_true(ip_parse(str_of(not_public[i]), &ip));
		if (ip_is_public(&ip))
			fail_msg("%s is not public", not_public[i]);
	}
}

static void
test_addresses(void **state)
{
	static const char *const bad[] = {"", "1.2.3", "1.2.3.4.5", "1.2.3.256",
		"01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\n", ":::", "1::2::3",
		"fe80::1%1", "[::1]", "g::1", "0x1.2.3.4"};
	struct ip ip, other;
	char text[IP_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(ip_parse(str_of(bad[i]), &ip));
	assert_false(ip_parse(STR("1.2.3.4\0"), &ip));
	assert_true(ip_parse(STR("192.0.2.1"), &ip));
	assert_true(ip_is_v4(&ip));
	assert_string_equal(ip_print(&ip, text).p, "192.0.2.1");
	assert_true(ip_parse(STR("::FFFF:192.0.2.1"), &other));
	assert_true(ip_eq(&ip, &other));
	assert_true(ip_parse(STR("2001:DB8:0:0::1"), &ip));
	assert_string_equal(ip_print(&ip, text).p, "2001:db8::1");
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr = {htonl(0x7f000001)}};
	assert_true(ip_from_sockaddr((struct sockaddr *)&sa, &ip));
	assert_string_equal(ip_print(&ip, text).p, "127.0.0.1");
	sa.sin_family = AF_UNIX;
	assert_false(ip_from_sockaddr((struct sockaddr *)&sa, &ip));
}

static void
test_ranges(void **state)
{
	static const struct {
		const char *range, *inside, *outside;
	} cases[] = {
		{"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
		{"192.0.2.1", "192.0.2.1", "192.0.2.2"},
		{"192.0.2.128/25", "192.0.2.255", "192.0.2.127"},
		{"0.0.0.0/0", "255.255.255.255", "::1"},
		{"::/0", "1.2.3.4", NULL},
		{"fd00::/8", "fdff::1", "fc00::1"},
		{"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"},
		{"10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3"},
	};
	static const char *const bad[] = {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",
		"10.0.0.1/8", "10.0.0.0/8/8", "::1/127", "x/8", "10.0.0.0/ 8"};
	struct cidr range;
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(cidr_parse(str_of(cases[i].range), &range, NULL), OK);
		assert_true(ip_parse(str_of(cases[i].inside), &ip));
		assert_true(cidr_contains(&range, &ip));
		if (!cases[i].outside)
			continue;
		assert_true(ip_parse(str_of(cases[i].outside), &ip));
		assert_false(cidr_contains(&range, &ip));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cidr_parse(str_of(bad[i]), &range, NULL) == OK)
			fail_msg("\"%s\" is taken", bad[i]);
	/* An allowed range opens exactly itself. */
	assert_int_equal(cidr_parse(STR("127.0.0.1/32"), &range, NULL), OK);
	assert_true(ip_parse(STR("127.0.0.1"), &ip));
	assert_true(url_address_allowed(&ip, &range, 1));
	assert_false(url_address_allowed(&ip, &range, 0));
	assert_true(ip_parse(STR("127.0.0.2"), &ip));
	assert_false(url_address_allowed(&ip, &range, 1));
}

static void
test_escapes(void **state)
{
	struct arena a;
	struct str out;
	struct buf b;

	(void)state;
	arena_init(&a, 0);
	buf_init(&b, 1000);
	assert_true(url_decode(&a, STR("a%20b%C3%A9+c"), false, &out));
	assert_true(str_eq(out, STR("a b\xc3\xa9+c")));
	assert_true(url_decode(&a, STR("a+b"), true, &out));
	assert_true(str_eq(out, STR("a b")));
	assert_false(url_decode(&a, STR("%"), false, &out));
	assert_false(url_decode(&a, STR("%4"), false, &out));
	assert_false(url_decode(&a, STR("%4g"), false, &out));
	assert_false(url_decode(&a, STR("a%00b"), false, &out));
	char all[255];
	for (int i = 0; i < 255; i++)
		all[i] = (char)(unsigned char)(i + 1);
	url_encode(&b, (struct str){all, 255});
	assert_true(url_decode(&a, buf_str(&b), true, &out));
	assert_true(str_eq(out, (struct str){all, 255}));
	buf_fini(&b);
	arena_fini(&a);
}

static void
test_forms(void **state)
{
	struct arena a;
	struct str rest = STR("a=1&&b=x+y%26z&c&=d&a=2"), name, value;
	struct buf b;
	bool broken;

	(void)state;
	arena_init(&a, 0);
	buf_init(&b, 1000);
	while (form_next(&a, &rest, &name, &value, &broken))
		buf_printf(&b, "[%.*s|%.*s]", STR_ARG(name), STR_ARG(value));
	assert_false(broken);
	assert_string_equal(b.p, "[a|1][b|x y&z][c|][|d][a|2]");
	assert_true(str_eq(form_get(&a, STR("a=1&b=2&a=3"), STR("a")), STR("1")));
	assert_null(form_get(&a, STR("a=1"), STR("b")).p);
	assert_non_null(form_get(&a, STR("b"), STR("b")).p);
	assert_non_null(form_get(&a, STR("b="), STR("b")).p);
	rest = STR("a=1&b=%zz&c=3");
	assert_true(form_next(&a, &rest, &name, &value, &broken));
	assert_false(form_next(&a, &rest, &name, &value, &broken));
	assert_true(broken);
	buf_clear(&b);
	form_add(&b, STR("a b"), STR("1&2"));
	form_add(&b, STR("c"), STR("\xc3\xa9"));
	assert_string_equal(b.p, "a%20b=1%262&c=%C3%A9");
	buf_fini(&b);
	arena_fini(&a);
}

static void
test_base64(void **state)
{
	static const struct {
		const char *plain, *base64;
	} cases[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
		{"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
		{"\xfb\xff\xfe", "+//+"}};
	static const char *const bad[] = {"Zg=", "Zg", "Z",
		"Zg===", "Zh==", "Zm9=", "Zm9v\n", "Zm 9v",
		"====", "Z===", "Zg==Zg==", "+-/_"};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&b);
		base64_encode(&b, str_of(cases[i].plain));
		assert_true(str_eq(buf_str(&b), str_of(cases[i].base64)));
		buf_clear(&b);
		assert_true(base64_decode(&b, str_of(cases[i].base64)));
		assert_true(str_eq(buf_str(&b), str_of(cases[i].plain)));
	}
	buf_clear(&b);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (base64_decode(&b, str_of(bad[i])) || b.n)
			fail_msg("\"%s\" is taken", bad[i]);
	base64url_encode(&b, STR("\xfb\xff\xfe\xfb"));
	assert_string_equal(b.p, "-__--w");
	buf_clear(&b);
	assert_true(base64url_decode(&b, STR("-__--w")));
	assert_int_equal(b.n, 4);
	buf_clear(&b);
	assert_false(base64url_decode(&b, STR("-__--w==")));
	assert_false(base64url_decode(&b, STR("-__--x")));
	assert_false(base64url_decode(&b, STR("+//+")));
	hex_encode(&b, STR("\x00\xff\x1a"));
	assert_string_equal(b.p, "00ff1a");
	buf_clear(&b);
	assert_true(hex_decode(&b, STR("00Ff1A")));
	assert_memory_equal(b.p, "\x00\xff\x1a", 3);
	assert_false(hex_decode(&b, STR("0")));
	assert_false(hex_decode(&b, STR("0g")));
	buf_fini(&b);
	/* Room that is missing is no success. */
	buf_init(&b, 2);
	assert_false(base64_decode(&b, STR("Zm9v")));
	buf_fini(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_urls),
		cmocka_unit_test(test_bad_urls),
		cmocka_unit_test(test_public_addresses),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
