/*
 * Every maximum that input can reach, in one place. Sizes in bytes, times in milliseconds. A limit that an operator
 * may change is the default of a configuration key; the others are fixed.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Differences of texts (base/diff) */
#define DIFF_CELLS_MAX (4u << 20) /* pairs of lines that are compared */

/* JSON and YAML */
#define JSON_DEPTH_MAX 128
#define YAML_NODES_MAX 200000
#define YAML_FILE_MAX (4u << 20)
#define CONFIG_FILE_MAX (1 << 20)
#define CONTROL_LINE_MAX (64u << 10) /* of a request to the running server */

/* Child processes (env/process) */
#define PROCESS_LINE_MAX (1u << 20)
#define PROCESS_SAID_MAX 2048 /* kept of standard error */

/* Replays over the API (api/replays) */
#define REPLAYS_RUNNING_MAX 4 /* of all tenants; one of each */
#define REPLAYS_WORKERS_MAX \
	16                  /* reading processes of one; it has its share of the cores */
#define REPLAYS_KEPT_MAX 64 /* ended ones in memory; the oldest goes first */
#define REPLAY_EXAMPLES_BYTES_MAX (1u << 20)

/* HTTP server (net/http_server) */
#define HTTP_HEADERS_MAX 100
#define HTTP_HEAD_MAX (32u << 10) /* request line and headers together: 431 */
#define HTTP_URL_MAX (8u << 10)   /* 414 */
#define HTTP_BODY_MAX (1u << 20)  /* 413 */
#define HTTP_CONNECTIONS_MAX 16000
#define DESCRIPTORS_KEPT 256 /* of the system's limit: the rest is for connections */
#define HTTP_CONNECTIONS_PER_ADDRESS 12000
#define HTTP_HEAD_TIMEOUT_MS 10000 /* 408 */
#define HTTP_BODY_TIMEOUT_MS 30000 /* 408 */
#define HTTP_IDLE_TIMEOUT_MS 75000
#define HTTP_WRITE_TIMEOUT_MS \
	30000 /* a reader that takes nothing for this long is closed */
#define HTTP_PIPELINE_MAX 64
#define HTTP_WORK_MAX 4096     /* requests for turns that are ready at once: then 503 */
#define HTTP_TURN_AWAY_MS 1000 /* how long such a 503 waits before it leaves */
#define HTTP_PROBLEM_MAX (64u << 10) /* an error's body */
#define HTTP_LINGER_MS 2000          /* after our last word, for the peer to read it */
#define TCP_SEND_BUFFER (64 << 10)   /* kept by the system for one connection's reader */
#define TCP_ENDS_MAX 128 /* connections whose time is up that one turn of the loop ends */
#define TCP_PAUSE \
	(32u << 10) /* unread by a client: then nothing is read from it either */
#define TCP_QUEUED_MAX \
	(256u << 20) /* waiting to be written on all connections: who lags longest is cut */
#define TCP_OUT_MAX (64u << 20) /* waiting to be written on one connection: more is cut */

/* WebSocket and SSE */
#define WS_FRAME_MAX (64u << 10)     /* close 1009 */
#define WS_SEND_QUEUE_MAX (1u << 20) /* a reader that lags more is closed */
#define WS_PING_MS 25000
#define WS_DEAD_MS 60000
#define WEBCHAT_AUTH_TIMEOUT_MS 10000
#define WEBCHAT_HOLD_MS 200 /* live frames wait so long for a client's resume */
#define WEBCHAT_RATE_PER_S 5
#define WEBCHAT_BURST 10
#define WEBCHAT_FRAMES_PER_S \
	20 /* of any kind on one connection, with bursts: close 4429 */
#define WEBCHAT_FRAMES_BURST 100
#define WEBCHAT_FLOODS_MAX 20       /* messages over the rate in a row: close 4429 */
#define WEBCHAT_CONNECTIONS_MAX 8   /* of one person */
#define WEBCHAT_SESSIONS_PER_MIN 30 /* session requests of one address */
#define WEBCHAT_TICKETS_MAX 10000
#define WEBCHAT_TICKET_MS 30000
#define WEBCHAT_TOKEN_S 3600
#define WEBCHAT_VISITOR_S (90 * 86400)
#define WEBCHAT_HISTORY 100 /* messages in a session's answer */
#define WEBCHAT_HISTORY_BYTES (256u << 10)
#define WEBCHAT_CONTEXT_MAX 16         /* facts of the page */
#define WEBCHAT_CONTEXT_BYTES_MAX 512  /* of one */
#define WEBCHAT_CONTEXT_TOTAL_MAX 4096 /* bytes of all, names and values */

#define WEBCHAT_TYPING_MS 6000 /* typing is forgotten */

/* People */
#define CONTACT_ADDRESSES_SHOWN 16 /* of one contact, the oldest */

/* Messages */
#define MESSAGE_TEXT_MAX 10000 /* code points */
#define MESSAGE_TEXT_BYTES_MAX 40000
#define QUICK_REPLIES_MAX 13
#define IDEMPOTENCY_KEY_MAX 255
#define PAGE_MAX 200

/* A turn (architecture, section 5, rule 11) */
#define TURN_QUESTIONS_MAX 64
#define TURN_RUNS_MAX 16 /* runs of one actor */
#define TURN_CONFLICTS_MAX 3
#define DIALOGUE_TEXT_MAX 2048    /* bytes of one thing that a conversation remembers */
#define TURN_KEPT_MAX (64u << 10) /* bytes of answers kept while waiting */
#define CAUSES_BYTES_MAX \
	(256u << 10) /* of a cause record as it is stored; longer ones are cut */
#define CAUSES_TEXT_MAX (4u << 20) /* bytes of a cause record as JSON */
#define TURN_TIME_MAX_MS 60000
#define TURNS_WAITING_MAX \
	8192 /* live, those included that gather messages: 503, Retry-After */
#define TURN_MESSAGES_MAX 32 /* joined into one turn */
#define ACTIONS_PER_MESSAGE_MAX 5

#define DEDUPE_RECENT 8192 /* keys of finished messages that are remembered, by a part */
#define SESSIONS_MAX 20000 /* conversations kept in memory; the least used goes first */
#define ANSWER_CACHE_MS_MAX (24 * 60 * 60 * 1000)
#define ANSWER_CACHE_ENTRIES_MAX 50000
#define ANSWER_CACHE_BYTES_MAX (32u << 20)
#define JOURNAL_SOURCES_MAX \
	(16u << 20) /* answers of one person kept while journals are read */
#define REPLAY_HEARD_MAX (16u << 20) /* answers of one person kept for a what-if */
#define EFFECT_ATTEMPTS_MAX 3        /* of an effect that its provider deduplicates */

/* Outgoing HTTP */
#define HTTP_CLIENT_ANSWER_MAX (256u << 10)
#define HTTP_CLIENT_CONNECTIONS_MAX 64
#define HTTP_CLIENT_QUEUE_MAX 1024

/* Rules and templates */
#define CEL_EXPR_MAX 4096
#define CEL_DEPTH_MAX 64
#define CEL_COST_MAX 100000       /* steps of one evaluation */
#define CEL_LOOPS_MAX 8           /* macros such as exists() inside each other */
#define CEL_PATTERN_MAX 1024      /* bytes of a regular expression */
#define CEL_MATCH_MAX 50000       /* steps of one match of a regular expression */
#define RULE_VALUE_MAX (4u << 20) /* a value that `parley rule` prints */
#define ZONE_FILE_MAX (64u << 10) /* a file of the zone database */
#define MUSTACHE_OUTPUT_MAX (64u << 10)
#define MUSTACHE_DEPTH_MAX 64
#define MUSTACHE_STEPS_MAX 100000 /* tags met in one rendering */

/* Packs */
#define PACK_FILES_MAX 512
#define PACK_FILE_MAX (4u << 20)
#define PACK_BYTES_MAX (32u << 20) /* all files of a pack together */
#define PACK_PROBLEMS_MAX 200      /* reported; more are counted */
#define PACK_NAME_MAX 200          /* bytes of a file's path inside the pack */

/* Store */
#define RETENTION_TENANTS_MAX 256      /* with times of their own (talk/retention) */
#define DB_QUEUE_MAX 4096              /* commits waiting; more is ERR_LIMIT */
#define DB_QUEUE_BYTES_MAX (64u << 20) /* held by waiting commits; more is ERR_LIMIT */
#define DB_GROUP_MAX 512               /* commits in one transaction */
#define ACCESS_CACHE_MAX 32            /* callers' keys that are remembered */
#define ACCESS_CACHE_TEXT_MAX 512      /* bytes of a remembered caller's texts */
#define DB_LOG_COPY_PAGES 32000        /* of 4 KB in the log: from here on it is copied */
#define DB_LOG_PAGES_MAX 262144        /* 1 GB; no commit until the log is shorter */

/* Perception (text) */
#define AHO_STATES_MAX 400000
#define PATTERNS_MAX 4096
#define PATTERN_SOURCE_MAX 2048
#define PATTERN_MATCH_LIMIT 20000 /* PCRE2 match limit of one run */
#define PATTERN_DEPTH_LIMIT 2000
#define PATTERN_HEAP_KIB 1024
#define PATTERN_HITS_MAX 256 /* of one scan */
#define PATTERN_PIECE \
	2048 /* a longer text is matched in pieces that overlap by a quarter */
#define PATTERN_WORK_MAX (4u << 20) /* bytes given to PCRE2 in one scan */
#define VALENCE_HITS_MAX 256 /* pleasant and unpleasant words of one message that count */
#define TEXTS_REMEMBERED \
	512 /* of each of: what the model says, what a tagger finds, what guardrails see */
#define TERMS_MAX 50000       /* words and phrases of one set */
#define ENTITIES_MAX 128      /* of one message */
#define FEATURE_TEXT_MAX 8192 /* bytes of a message that a model reads */
#define MODEL_BYTES_MAX (64u << 20)
#define MODEL_CLASSES_MAX 1024
#define LEARNT_MODELS_MAX 24 /* files that a folder of learnt models keeps, by last use */
#define TRAIN_ROWS_MAX 1000000
#define TAG_TYPES_MAX 128          /* kinds and roles of annotated entities */
#define TAG_WORDS_MAX 256          /* of a message that are looked at for them */
#define TAG_FEATURES_MAX (1 << 20) /* that are learnt */
#define EXAMPLES_FILE_MAX (256u << 20)
#define LOOKUP_TOKENS_MAX 2000 /* of a message that are compared with misspelt names */
#define INTENT_RANKED_MAX 10
#define INTENT_ALSO_MAX 3
#define INTENT_RULES_MAX 4096
#define INTENT_HITS_MAX 512     /* words of rules that are looked at in one message */
#define INTENT_COURTESIES_MAX 4 /* pieces put aside at either end of a message */
#define INTENT_SENTENCES_MAX 16 /* sentences of a message that are judged on their own */

/* The demo shop (cmd/mock_shop) */
#define SHOP_KEY_MAX 256         /* bytes of an Idempotency-Key or an e-mail address */
#define SHOP_EXTRA_MAX 100000    /* generated customers */
#define SHOP_EFFECTS_MAX 1000000 /* remembered changes; more are refused */
#define SHOP_PAGE_MAX 1000       /* effects in one answer */
#define SHOP_ANSWER_MAX (4u << 20)
#define SHOP_LATENCY_MAX_MS 600000

/* Transcripts made of conversations (cmd/test_add) */
#define STAND_INS_MAX 1000

/* Commands that speak to a server (cmd/client) */
#define CLIENT_ANSWER_MAX (8u << 20)
#define CHAT_LINE_MAX MESSAGE_TEXT_BYTES_MAX

#endif
