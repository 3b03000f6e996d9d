"""Which mistakes are in. TIMETABLE_REGRESSIONS names them: cache, listener, closure, or several with commas; none by default."""
import os

KNOWN = frozenset(["cache", "listener", "closure"])
REGRESSIONS = frozenset(word for word in os.environ.get("TIMETABLE_REGRESSIONS", "").split(",") if word)

if not REGRESSIONS <= KNOWN:
    raise SystemExit("TIMETABLE_REGRESSIONS: there are %s, and no %s" % (
        ", ".join(sorted(KNOWN)), ", ".join(sorted(REGRESSIONS - KNOWN))))
