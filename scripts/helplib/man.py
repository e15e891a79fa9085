"""Manual pages: bramble.1, and one for each verb with the verbs below it."""


def plain(text):
    """Text in which roff sees no commands."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def entry(each, text):
    return [".TP", f".B {plain(each)}", plain(text) or "\\&"]


def options(verb):
    for each in verb.positionals + verb.options:
        yield from entry(each.spec, each.text)


def section(heading, lines):
    lines = list(lines)
    return [f".SH {heading}", *lines] if lines else []


def examples(verb):
    return [".nf", *(plain(line) for line in verb.examples), ".fi"] if verb.examples else []


def name_of(verb):
    return "-".join(("bramble",) + verb.path)


def below(verb):
    """The verbs below this one, each under a heading of its own."""
    for each in verb.verbs:
        yield from (f".SS {plain(each.title)}", plain(each.text), ".PP", f".B {plain(each.usage)}", *options(each))
        if each.examples:
            yield from (".PP", *examples(each))


def page(verb, others, version):
    lines = [f'.TH "{name_of(verb).upper()}" "1" "" "bramble {version}" "Bramble"']
    lines += section("NAME", [f"{plain(name_of(verb))} \\- {plain(verb.text)}"])
    lines += section("SYNOPSIS", [f".B {plain(verb.usage)}"])
    if verb.path:
        lines += section("OPTIONS", options(verb)) + section("VERBS", below(verb))
    else:
        lines += section("VERBS", (line for each in verb.verbs for line in entry(each.title, each.text)))
        lines += section("OPTIONS", options(verb)) + section("FILES", files())
    lines += section("EXAMPLES", examples(verb))
    see = [f".BR {plain(each)} (1)" for each in others if each != name_of(verb)]
    lines += section("SEE ALSO", [",\n".join(see)] if see else [])
    return "\n".join(lines) + "\n"


def files():
    for where, what in (("/etc/bramble/bramble.toml", "Options of the service; each is explained there."),
                        ("/var/lib/bramble", "Keys, models and measurements of the service."),
                        ("~/.local/share/bramble", "The same of a user who runs a node or asks one.")):
        yield from entry(where, what)


def write(root, folder, version):
    folder.mkdir(parents=True, exist_ok=True)
    pages = [root] + root.verbs
    for verb in pages:
        others = [name_of(each) for each in pages] if verb is root else ["bramble"]
        (folder / f"{name_of(verb)}.1").write_text(page(verb, others, version))
    # The engine is started by bramble alone.
    engine = folder / "bramble-engine.1"
    engine.unlink(missing_ok=True)
    engine.symlink_to("bramble.1")
