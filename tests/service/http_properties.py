"""Cases that are a statement about many requests, by the name that a case file gives them."""


def check(_lane, _variant):
    return ["not written"]


PROPERTIES = {"check": check}
