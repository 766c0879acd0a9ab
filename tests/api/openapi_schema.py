"""Holds answers against a published OpenAPI description with an independent validator (python3-jsonschema).

Usage: openapi_schema.py DESCRIPTION < answers      (one JSON object a line: {method, path, status, body})

Prints one line for each answer that the description does not allow, then "N answers fit". A status that the description does not
name is held against its schema "Error". Exit status 1 when one does not fit, 3 when there is no validator.
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(3)

description = json.load(open(sys.argv[1], encoding="utf-8"))


def found(node):
    while "$ref" in node:
        target = description
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node


fit = wrong = 0
for line in sys.stdin:
    answer = json.loads(line)
    responses = description["paths"][answer["path"]][answer["method"].lower()]["responses"]
    response = found(responses.get(str(answer["status"]), {"$ref": "#/components/responses/400BadRequest"}))
    schema = dict(response["content"]["application/json"]["schema"])
    faults = list(jsonschema.Draft4Validator({**schema, "components": description["components"]}).iter_errors(answer["body"]))
    for fault in faults:
        print("%s %s %d: %s: %s" % (answer["method"], answer["path"], answer["status"], list(fault.path), fault.message))
    fit += not faults
    wrong += bool(faults)
print("%d answers fit" % fit)
sys.exit(1 if wrong or not fit else 0)
