"""Renders the same templates with Jinja2, MiniJinja and Hub, and prints a table of times.

Times are of the processor, for one render; each is the median of seven runs. Needs the packages jinja2 and minijinja, and
the program template-bench (its path is the one argument). MiniJinja is called through its Python binding; the last line
says what that alone takes.
"""

import json
import statistics
import subprocess
import sys
import time

import jinja2
import minijinja

CALL = {
    "id": "call_01H", "direction": "inbound", "from": "+61400111222", "to": "+61255501234", "duration_s": 187,
    "outcome": "completed", "agent": {"name": "Ada", "id": "ag_1"},
    "summary": "The caller asked about the open home on Saturday & left a number",
    "tags": ["Lead", "hot", "Buyer", " Sydney "],
    "transcript": [
        {"role": "user" if n % 2 else "agent", "text": f"Line number {n} of the talk, with some words in it", "start": n * 1.5}
        for n in range(200)
    ],
}
CONTEXT = {"event": {"id": "evt_1", "type": "call.ended"}, "call": CALL}

LEVELS = {
    "base": "<h>{% block title %}Base{% endblock %}</h>{% block body %}{% block inner %}x{% endblock %}{% endblock %}<f>{{ event.id }}</f>"
}
for level in range(1, 7):
    LEVELS[f"level{level}"] = (
        '{% extends "' + ("base" if level == 1 else f"level{level - 1}") + '" %}'
        "{% block title %}L" + str(level) + " {{ super() }}{% endblock %}"
        "{% block inner %}[{{ super() }}{{ call.id }}]{% endblock %}"
    )

CASES = [
    ("six-field body", {}, '{"id": "{{ call.id }}", "minutes": {{ (call.duration_s / 60)|round(1) }}, "turns": {{ call.transcript|length }}, "who": "{{ call.agent.name }}", "type": "{{ event.type }}", "from": "{{ call.from|default("unknown") }}"}'),
    ("transcript of 200 turns", {}, "{% for t in call.transcript %}{{ loop.index }}. {{ t.role|title }}: {{ t.text }}{% if not loop.last %}\n{% endif %}{% endfor %}"),
    ("filter chain", {}, '{{ call.tags|map("trim")|map("lower")|sort|join(", ")|upper|replace("LEAD", "lead")|title }}'),
    ("inheritance of six levels", LEVELS, '{% extends "level6" %}{% block title %}Top {{ super() }}{% endblock %}'),
    ("macro in a loop of 50", {}, '{% macro row(t, i=0) %}<li class="{{ "odd" if i is odd else "even" }}">{{ t.role }}: {{ t.text|e }}</li>{% endmacro %}{% for t in call.transcript[:50] %}{{ row(t, loop.index) }}{% endfor %}'),
]


def microseconds(render):
    figures = []
    for _ in range(7):
        count, start = 0, time.thread_time()
        while time.thread_time() - start < 0.2:
            for _ in range(10):
                render()
            count += 10
        figures.append((time.thread_time() - start) / count * 1e6)
    return statistics.median(figures)


rows, jinja, mini = [], {}, {}
for name, templates, source in CASES:
    template = jinja2.Environment(loader=jinja2.DictLoader(templates)).from_string(source)
    rows.append({"name": name, "template": source, "templates": templates, "context": CONTEXT, "output": template.render(CONTEXT)})
    jinja[name] = microseconds(lambda: template.render(CONTEXT))
    environment = minijinja.Environment(templates={**templates, "main": source})
    try:
        environment.render_template("main", **CONTEXT)
        mini[name] = microseconds(lambda: environment.render_template("main", **CONTEXT))
    except minijinja.TemplateError as error:
        print(f"MiniJinja refuses {name}: {error.message}", file=sys.stderr)

answer = subprocess.run([sys.argv[1]], input=json.dumps(rows), capture_output=True, text=True, check=True)
hub = json.loads(answer.stdout)

print("| template | Hub µs | Jinja2 µs | MiniJinja µs | Jinja2 / Hub | MiniJinja / Hub |")
print("| --- | --- | --- | --- | --- | --- |")
slow = False
for name, _, _ in CASES:
    ratio = jinja[name] / hub[name]
    # The last case is for information.
    slow = slow or (ratio < 3 and name != CASES[-1][0])
    other = f"{mini[name]:.1f} | {ratio:.1f} | {mini[name] / hub[name]:.1f}" if name in mini else f"– | {ratio:.1f} | –"
    print(f"| {name} | {hub[name]:.1f} | {jinja[name]:.1f} | {other} |")
empty = minijinja.Environment(templates={"main": "x"})
print(f"\nMiniJinja takes {microseconds(lambda: empty.render_template('main', **CONTEXT)):.1f} µs for a template without tags.")
sys.exit(1 if slow else 0)
