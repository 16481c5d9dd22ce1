"""What a witness says of itself when it listens."""
LISTENING = "witness: listening on "


def witness_address(process, log=None):
    """Url and key of a witness that was just started; `log` is a file for the message when it does not listen."""
    line = process.stdout.readline()
    assert line.startswith(LISTENING), f"{line!r}\n{log.read_text() if log else ''}"
    return line.removeprefix(LISTENING).rstrip("\n").split(", key ")
