"""What a slider of Tune costs: until a number follows, on the server, and in bytes; and a run that changes nothing."""

from tests.benchmarks.bench_app_session import App, Session, median, percentile, session

TIMES = 15  # of each of two sliders, every value new to the server
NUMBERS = "[data-testid=stMetricValue]"


def tune(app: App) -> dict[str, float]:
    """Times in ms, traffic in bytes."""
    with session(app) as at:
        page = at.open("tune")
        page.wait_for_selector(NUMBERS)
        changes = []
        for key, arrow in (("w_stability", "ArrowLeft"), ("w_difficulty", "ArrowRight")):
            slider = page.locator(f".st-key-{key} input[type=range]")
            slider.focus()
            changes += [at.measured(NUMBERS, lambda arrow=arrow: page.keyboard.press(arrow)) for _ in range(TIMES + 1)][
                1:
            ]
        seen = [change for change in changes if change]
        page.evaluate("document.activeElement.blur()")
        same = [again(at) for _ in range(3)][1:]  # the first still finds the change before it
    return {
        "slider_p50_ms": median([change.shown for change in seen]),
        "slider_p90_ms": percentile([change.shown for change in seen], 0.9),
        "slider_changes": len(seen),
        "slider_changes_without_another_number": len(changes) - len(seen),
        "server_run_p50_ms": median([change.server for change in seen]),
        "server_run_p90_ms": percentile([change.server for change in seen], 0.9),
        "server_processor_p50_ms": median([change.busy for change in seen]),
        "change_bytes": median([change.down + change.up for change in seen]),
        "change_bytes_up": median([change.up for change in seen]),
        "change_wire_bytes": median([change.wire for change in seen]),
        "same_again_wire_bytes": median(same),
    }


def again(at: Session) -> float:
    """What another run of an unchanged page sends over the connection."""
    before = len(at.app.runs())
    at.app.wire.reset()
    at.page.keyboard.press("r")  # Streamlit's own key for another run
    at.page.wait_for_timeout(1000)
    at.rest()
    assert len(at.app.runs()) == before + 1, "the page was not run again"
    return at.app.wire.up + at.app.wire.down
