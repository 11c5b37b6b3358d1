"""`index.html`: the disclosure for someone who has to decide about a person. No script, nothing from elsewhere.

Every word from outside this program is escaped. What the page says is also in `disclosure.json`; where the two differ,
the record counts, for the log names its digest.
"""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from importlib import resources

from countenance.evidence.entries import authorised
from countenance.evidence.timeline import Event, events
from countenance.log import cosignature
from countenance.vocabulary.assurance import Assurance, told
from countenance.vocabulary.disclosures import Composed, Disclosure
from countenance.vocabulary.moments import written
from countenance.vocabulary.warrants import Warrant

_WORTH = {
    Assurance.SINGLE_HOST: "All parts of the system ran on one machine. That protects against a stolen copy of the "
    "store and against sold logins. It does not protect against the administrator of that machine.",
    Assurance.SEPARATED: "The keys and the log were held on another host under another administrator than the "
    "pictures. The administrator of the pictures alone could not have made this.",
    Assurance.WITNESSED: "Keys and log were held apart from the pictures, and at least two other organisations "
    "countersigned the log, so that its operator cannot have rewritten it unnoticed.",
}
_SEEN = (".jpg", ".png", ".webp", ".gif", ".avif", ".bmp")


def write(disclosure: Disclosure, warrant: Warrant) -> bytes:
    """The page as UTF-8 HTML. `disclosure.files`: the other files, this one not among them."""
    style = (resources.files("countenance.evidence") / "page.css").read_text(encoding="utf-8")
    policy = f"default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'sha256-{_hash(style)}'"
    names = {item.name for item in disclosure.files}
    sections = (
        _shown(disclosure, names),
        _says(disclosure),
        _people(disclosure, warrant),
        _errors(disclosure),
        _missing(disclosure),
        _check(disclosure),
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{_title(warrant)} under warrant {escape(warrant.warrant)}</title>\n<style>{style}</style>\n"
        "</head>\n<body>\n"
        f"{_banner(disclosure)}{_head(disclosure, warrant)}<main>\n{''.join(sections)}</main>\n"
        f"{_foot(disclosure, warrant)}</body>\n</html>\n"
    ).encode()


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _banner(disclosure: Disclosure) -> str:
    if not disclosure.demo:
        return ""
    return (
        '<div class="demo">DEMO. The approvals and verdicts here were made with key files, not with hardware keys. '
        "This is not evidence.</div>\n"
    )


def _head(disclosure: Disclosure, warrant: Warrant) -> str:
    camera, composed = disclosure.instructions.camera, disclosure.composed
    facts = (
        ("Case", warrant.case),
        ("Warrant", f"{warrant.warrant}, version {warrant.number}"),
        ("Purpose", warrant.purpose),
        ("Legal basis", warrant.legal_basis),
        ("Asked for by", _person(disclosure, warrant.requester)),
        ("Copy", _copy(disclosure)),
        ("Camera", f"{camera.name}, {camera.place}"),
        ("Recorded", f"{_clock(composed.start)} to {_clock(composed.end)}"),
        ("Assurance", _assurance(disclosure)),
    )
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    return (
        "<header>\n<h1>One person, one pass before one camera</h1>\n"
        f'<p class="lead">{_judged(disclosure)} said that this is the person '
        f"{_sought(warrant)} Everyone else stays covered.</p>\n"
        f"<dl>{rows}</dl>\n</header>\n"
    )


def _title(warrant: Warrant) -> str:
    return "Disclosure" if warrant.subject is None else "Copy for the person themselves"


def _sought(warrant: Warrant) -> str:
    if warrant.subject is None:
        return "whom the warrant looks for."
    return (
        "who asked about themselves at a desk. It is a copy for that person (GDPR Art. 15(3)), of one time that they "
        "passed."
    )


def _copy(disclosure: Disclosure) -> str:
    entry = authorised(disclosure.instructions)
    return (
        f"{entry.facts.get('copy', '')}, entry {entry.index} of the log, as a line beneath the camera’s pictures says"
    )


def _judged(disclosure: Disclosure) -> str:
    if len(disclosure.instructions.verdicts) > 2:
        return (
            "Two people who compared the pictures, blind to each other, disagreed; a third was asked. Two of the three"
        )
    return "Two people compared the pictures, blind to each other, and both"


def _shown(disclosure: Disclosure, names: set[str]) -> str:
    composed = disclosure.composed
    parts = ["<h2>What the camera saw</h2>"]
    if "clip.mp4" in names:
        poster = ' poster="frame.jpg"' if "frame.jpg" in names else ""
        parts.append(
            f'<figure><video controls preload="metadata" src="clip.mp4"{poster}></video>'
            f"<figcaption>{_clip_words(composed)} "
            '<span class="screen">If it does not play, open clip.mp4 in a player for AV1 or VP9 video.</span>'
            "</figcaption></figure>"
        )
    else:
        parts.append("<p>The footage of these minutes had run out or could not be read; the stills remain.</p>")
    probe = next((name for name in sorted(names) if name.startswith("probe.") and name.endswith(_SEEN)), "")
    pair = ['<figure><img src="still.jpg" alt="The person, best picture of this pass">']
    pair.append("<figcaption>The person at this camera: the best picture of the pass.</figcaption></figure>")
    if probe:
        pair.append(f'<figure><img src="{escape(probe)}" alt="The photo that was searched with">')
        pair.append("<figcaption>The photo that the warrant searched with.</figcaption></figure>")
    parts.append(f'<div class="pair">{"".join(pair)}</div>')
    if "frame.jpg" in names:
        parts.append('<img class="sheet paper" src="frame.jpg" alt="One whole frame of the clip">')
    if "sheet.jpg" in names:
        parts.append(
            '<figure><img class="sheet" src="sheet.jpg" alt="Frames of the clip">'
            "<figcaption>Frames of the clip, in order of time.</figcaption></figure>"
        )
    parts.append(
        "<p>Grey boxes are people whom nobody asked about, and poorly seen moments of the person. They were covered "
        "when the camera recorded; this file holds no picture of them. The system covers the faces that it detects: "
        "one that it missed was never covered, and how often that happens is published with the system.</p>"
    )
    return "\n".join(parts) + "\n"


def _clip_words(composed: Composed) -> str:
    between = (
        f" {composed.left_out} frames in between, for which no picture of the person was kept, are left out."
        if composed.left_out
        else ""
    )
    return (
        f"{composed.frames} frames; the person is uncovered in {composed.uncovered} of them.{between} "
        "Picture only: no sound is ever recorded."
    )


def _says(disclosure: Disclosure) -> str:
    reviewers = " and ".join(
        escape(_person(disclosure, verdict.signer)) for verdict in disclosure.instructions.verdicts
    )
    agreed = "both" if len(disclosure.instructions.verdicts) == 2 else "two of the three"
    return (
        "<h2>What this says, and what it cannot say</h2>\n"
        '<div class="says"><div><h3>It says</h3><ul>'
        "<li>The camera, which signs what it records, recorded this person at this place and time.</li>"
        "<li>A program compared the photo with everyone recorded in the warrant’s scope and found this pass alike "
        "enough to be looked at.</li>"
        f"<li>{reviewers} each looked at both pictures without knowing another’s verdict, and {agreed} said: the same "
        "person.</li></ul></div>"
        "<div><h3>It cannot say</h3><ul>"
        "<li>That the person is certainly the one sought. Relatives and strangers can look alike to the program "
        "and to people.</li>"
        "<li>How sure the program was. A score is left out on purpose: it is not a probability.</li>"
        "<li>What the person did before or after, or that somebody who was not found was not there.</li>"
        "</ul></div></div>\n"
    )


def _people(disclosure: Disclosure, warrant: Warrant) -> str:
    rows = "".join(_event(event) for event in events(disclosure.instructions, warrant))
    return (
        "<h2>Who asked, who agreed, who looked</h2>\n"
        '<div class="scroll"><table class="events"><thead><tr><th>Time (UTC)</th><th>Who</th><th>What</th>'
        f"<th>Entry</th></tr></thead><tbody>{rows}</tbody></table></div>\n"
        '<p class="small">Every line is an entry in a log that cannot be changed unnoticed; that this folder was '
        "handed over is one more, in delivery.json. Persons appear by the name of their role; who they are is with "
        "their organisation.</p>\n"
    )


def _event(event: Event) -> str:
    return (
        f'<tr><td class="when">{escape(_clock(event.made))}</td><td>{escape(event.who)}</td>'
        f'<td>{escape(event.what)}</td><td class="when">{event.index}</td></tr>'
    )


def _errors(disclosure: Disclosure) -> str:
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in disclosure.errors)
    return f"<h2>How often the program is wrong</h2>\n{sentences}\n"


def _missing(disclosure: Disclosure) -> str:
    told, composed = disclosure.instructions, disclosure.composed
    lines = [
        f"Candidates of the search whom two people did not confirm: {told.not_confirmed}.",
        f"Searches under this warrant that found nobody: {told.searches_without_candidate}.",
        f"Pieces of footage in these minutes that were gone: {composed.segments_missing}.",
        f"Pictures of the person without their frame, left out: {composed.patches_without_frame}.",
    ]
    return f"<h2>What was not found</h2>\n{_list(lines)}\n"


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _check(disclosure: Disclosure) -> str:
    genesis = disclosure.instructions.genesis
    models = "".join(
        f"<tr><td>{escape(model.task)}: {escape(model.name)} ({escape(model.licence)})</td>"
        f'<td class="hash">{model.digest.hex()}</td></tr>'
        for model in disclosure.models
    )
    files = "".join(
        f'<tr><td>{escape(item.name)}</td><td class="hash">{item.digest.hex()}</td></tr>' for item in disclosure.files
    )
    return (
        "<h2>How to check it</h2>\n"
        "<p>Nobody needs to be believed for this. On any computer, without a network:</p>\n"
        "<pre>countenance verify THIS-FOLDER --genesis genesis.json</pre>\n"
        "<p>It checks every signature, every file and the log’s proofs, and repeats the reading of the photo. "
        "<em>genesis.json</em> is the deployment’s founding record: take it from the public register, not from whoever "
        "gave you this folder.</p>\n"
        "<p>The clip carries a C2PA manifest. Any other program that checks such manifests can be asked too, if it is "
        "told to trust <em>authority.pem</em>: the log names that certificate.</p>\n"
        f"<p>{escape(_WORTH[genesis.assurance])}</p>\n"
        f'<div class="scroll"><table><thead><tr><th>File or model</th><th>SHA-256</th></tr></thead>'
        f"<tbody>{files}{models}</tbody></table></div>\n"
    )


def _foot(disclosure: Disclosure, warrant: Warrant) -> str:
    told = disclosure.instructions
    keep = "keep it as the case file is kept, and destroy it when the case no longer needs it."
    if warrant.subject is not None:
        keep = "it is that person’s own. Whoever else is given it can see where and when they passed."
    return (
        f'<footer><p>Deployment <span class="hash">{escape(told.genesis.deployment)}</span>, composed '
        f"{escape(_clock(told.made))}. This folder shows a person: {keep}</p></footer>\n"
    )


def _assurance(disclosure: Disclosure) -> str:
    """The level that the deployment was founded with, and who signed under its log: their keys are not in here."""
    instructions = disclosure.instructions
    notes = [logged.proof.checkpoint for logged in instructions.entries[-1:]]
    names = [name for note in notes for name in cosignature.claimed(note)]
    return told(instructions.genesis.assurance.value, names)


def _person(disclosure: Disclosure, name: str) -> str:
    for person in disclosure.instructions.persons:
        if person.name == name:
            return f"{name} ({person.organisation})"
    return name


def _clock(moment: int) -> str:
    return written(moment).replace("T", " ").replace("Z", " UTC")
