"""How results are printed: one Markdown table per group, then the bars it decides."""
from rig.compare import median, ratio
from rig.servers import NAMES


def heading(text):
    print(f"\n## {text}\n")


def table(columns, rows):
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def comparison(samples, base, columns, servers, skipped=()):
    """`columns`: (title, field, format, ratio?). A ratio is to `base` in the same run."""
    rows = []
    for server in servers:
        cells = [server.name + (f" ({server.note})" if server.note else "")]
        for _, field, form, is_ratio in columns:
            value = ratio(samples, server.key, base, field) if is_ratio else median(samples[server.key], field)
            cells.append("" if value is None else form.format(value))
        rows.append(cells)
    rows += [[NAMES[key], "not run"] + [""] * (len(columns) - 1) for key in skipped]
    table(["server"] + [title for title, *_ in columns], rows)


def bar(what, value, must=None, aim=None, least=False, unit=""):
    """One line: the value, and whether it is as good as it must be. Without `must` it is only reported."""
    if value is None or must is None:
        print(f"- {what}: " + ("not measured" if value is None else f"**{value:.2f}{unit}** (reported)"))
        return
    met = value >= must if least else value <= must
    sign = ">=" if least else "<="
    line = f"- {what}: **{value:.2f}{unit}** (must {sign} {must:g}{unit}"
    line += f", aim {sign} {aim:g}{unit})" if aim is not None else ")"
    print(line + (" met" if met else " MISSED"))
