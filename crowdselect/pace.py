"""How fast work goes on and how long it will still take, in words."""


def pace(rate: float, unit: str = "") -> str:
    """`rate` a second: "1,200 a second", and where that is less than ten "22 a minute" or "40 an hour"."""
    what = f" {unit}" if unit else ""
    if rate >= 10:
        return f"{rate:,.0f}{what} a second"
    if rate * 60 >= 10:
        return f"{rate * 60:,.0f}{what} a minute"
    return f"{rate * 3600:,.0f}{what} an hour"


def time_left(seconds: float) -> str:
    """ "45 s", "12 min" or "3 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60:,} h {minutes % 60} min"
