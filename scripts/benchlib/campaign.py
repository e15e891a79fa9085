"""Goes through the rows, shelf after shelf, and writes the file after each."""
import sys

from benchlib import devices, load, models, results, rows, session, stream, timeline
from benchlib.progress import Progress

METHODS = ["one", "seed", "bramble"]


class Campaign:
    def __init__(self, options, build, folder):
        self.options, self.build, self.state, self.log = options, build, folder / "state", folder / "testbed.log"
        self.failed = 0
        self.results = self.begin()

    def begin(self):
        """The file goes on where what is measured now leaves something of it standing: other parts, or rows to keep."""
        options = self.options
        mine = {"version": results.VERSION, "machine": results.machine(), "emulation": options.emulation.text, "rows": []}
        if not options.output.exists():
            return mine
        kept = results.load(options.output)
        if kept["emulation"] != options.emulation.text or kept["machine"]["processor"] != mine["machine"]["processor"]:
            sys.exit(f"bench: {options.output} is of another device, pace or machine; choose another --output.")
        if not (options.resume or options.timeline or options.stream or options.load or options.devices):
            kept["rows"] = []
        return {**kept, "machine": {**kept["machine"], **mine["machine"]}}

    def save(self):
        results.save(self.options.output, self.results)

    def get_models(self, names, say):
        """The GMACs of the models that can be had."""
        home = self.state / "pi1"
        home.mkdir(parents=True, exist_ok=True)
        if self.options.recalibrate:
            models.forget_measurements(self.state)
        folder, make = self.options.models or self.build / "models", self.options.models is None
        gmacs = {}
        for name in dict.fromkeys(names):
            say.show(f"getting {name}")
            try:
                gmacs[name] = models.have(name, self.build, home, folder, make)
            except models.Missing as reason:
                say.show(f"bench: {name} is skipped: {reason}", lasting=True)
        if not gmacs:
            raise session.Failed("there is no model to measure.")
        return gmacs

    def prepare(self, names, nodes):
        """Models, keys and calibrations; returns the GMACs of the models that can be had."""
        say = Progress([])
        gmacs = self.get_models(names, say)
        self.results["machine"]["core_gmacs"] = models.prepare(list(gmacs), self.state, self.log, say.show)
        models.share(self.state, nodes)
        say.show("")
        return gmacs

    def factor(self, row):
        if self.options.dilation and not row.real:
            return self.options.dilation
        machine = self.results["machine"]
        return rows.dilation(row, self.options.emulation.gmacs, machine["core_gmacs"], machine["cores"])

    def rows(self, wanted):
        options = self.options
        finished = {results.row_of(entry) for entry in self.results["rows"] if "error" not in entry}
        wanted = [row for row in wanted if row not in finished]
        if not wanted:
            return
        gmacs = self.prepare([row.model for row in wanted], max(len(row.speeds) for row in wanted))
        groups = rows.sessions([row for row in wanted if row.model in gmacs], self.factor)
        order = [(row, factor) for _, factor, group in groups for row in group]
        core = self.results["machine"]["core_gmacs"]
        progress = Progress([rows.seconds(row, gmacs[row.model], options.emulation.gmacs, core, factor, options.runs)
                             for row, factor in order])
        for rate, factor, group in groups:
            self.session(group, rate, factor, [order.index((row, factor)) for row in group], progress)

    def session(self, group, rate, factor, numbers, progress):
        """Rows that share their nodes. A shelf that fails leaves its rows with the reason."""
        options, first = self.options, group[0]
        left = dict(zip(numbers, group))
        task = {"kind": "rows", "methods": METHODS, "runs": options.runs, "pin": first.real,
                "rows": [{"number": number, "model": row.model, "wire": row.wire} for number, row in left.items()]}
        emulation = None if first.real else options.emulation
        shelf = session.testbed_options(first.speeds, [rate] * len(first.speeds), emulation, factor, self.state)
        progress.start(numbers[0], first.text)

        def hear(found):
            if "progress" in found:
                return progress.step(found["progress"])
            self.keep(left.pop(found["row"]), factor, found, progress)
            if left:
                number = next(iter(left))
                progress.start(number, left[number].text)

        try:
            session.run(shelf, task, self.log, hear)
        except session.Failed as failure:
            for number, row in left.items():
                progress.start(number, row.text)
                self.keep(row, factor, {"error": str(failure)}, progress)

    def keep(self, row, factor, found, progress):
        entry = results.head(row, self.options.emulation, factor)
        entry["date"], entry["commit"] = results.now(), results.revision(session.REPO)
        entry = results.complete(entry, found, factor)
        self.results["rows"] = [each for each in self.results["rows"] if results.row_of(each) != row] + [entry]
        self.save()
        if "error" in entry:
            self.failed += 1
            progress.end(entry["error"])
        else:
            bramble = entry["methods"]["bramble"]
            progress.end(f"{bramble['median_ms']:.0f} ms, {bramble['speedup']:.2f}x one node, "
                         f"{entry['over_seed']:.2f}x the seed scheme, "
                         f"{100 * bramble['measured_over_predicted']:.0f} % of predicted")

    def alone(self, task, speeds, rates, what):
        """A shelf for one thing that is no row; what inside.py told of it, under its name."""
        progress, told = Progress([]), {}

        def hear(found):
            step = found.get("progress")
            if step and (progress.moving or (step != told.get("progress") and not step.startswith("round"))):
                progress.show(f"{what}: {step}", lasting=not progress.moving)
            told.update(found)

        session.run(session.testbed_options(speeds, rates, self.options.emulation, 1, self.state), task, self.log, hear)
        return told

    def stamp(self, nodes, rate):
        return {"model": self.options.model, "nodes": nodes, "rate_mbit": rate, "emulation": self.options.emulation.text,
                "date": results.now(), "commit": results.revision(session.REPO)}

    def devices(self):
        say = Progress([])
        names = [name for device, times in devices.PUBLISHED.items() if device != "source" for name in times]
        gmacs = self.get_models([self.options.model, *names], say)
        say.show("asking the descriptions")
        home = self.state / "pi1"
        self.results["devices"] = {
            "date": results.now(), "commit": results.revision(session.REPO),
            "published": devices.against_published(self.build, home, gmacs),
            "sensitivity": devices.sensitivity(self.build, home, self.options.model, self.options.device)}
        say.show("")
        self.save()

    def timeline(self):
        nodes, rate, model = 4, rows.RATES[0], self.options.model
        self.prepare([model], nodes)
        task = {"kind": "timeline", "model": model, "nodes": nodes, "rate_mbit": rate, "events": timeline.EVENTS,
                "length_s": timeline.LENGTH_S}
        found = self.alone(task, [1] * nodes, [rate] * nodes, "the whole shelf")["timeline"]
        fresh = {}
        for name, (speeds, rates) in timeline.fresh_shelves(task).items():
            short = {"kind": "rows", "methods": ["bramble"], "runs": self.options.runs, "pin": False,
                     "rows": [{"number": 0, "model": model, "wire": "fp32"}]}
            told = self.alone(short, speeds, rates, f"a fresh start for comparison ({name})")
            if "error" in told:
                raise session.Failed(told["error"])
            fresh[name] = told["bench"]["methods"]["bramble"]["median_ms"]
        self.results["timeline"] = {**self.stamp(nodes, rate), **found, "fresh_ms": fresh,
                                    "judged": timeline.judge(found, fresh)}
        self.save()

    def stream(self):
        nodes, rate = 4, rows.RATES[0]
        self.prepare([self.options.model], nodes)
        task = {"kind": "stream", "model": self.options.model, "nodes": nodes, "seconds": self.options.seconds}
        ways = self.alone(task, [1] * nodes, [rate] * nodes, "stream")["stream"]
        self.results["stream"] = {**self.stamp(nodes, rate), "ways": ways}
        self.save()

    def load(self):
        """Shelf after shelf, kept after each."""
        options, model = self.options, self.options.model
        wanted = [(name, speeds, rate) for name, speeds in load.SHELVES.items() for rate in load.LOAD_RATES
                  if all(word in (name, f"{rate:g}") for word in options.only)]
        if not wanted:
            raise session.Failed("--load knows no such shelf; shelves are 4 and 1/.75/.5/.25, rates 940 and 100.")
        self.prepare([model], 4)
        kept = {part["name"]: part for part in self.results.get("load", {}).get("shelves", [])}
        for name, speeds, rate in wanted:
            what = f"{name} at {rate:g} Mbit/s"
            task = {"kind": "load", "model": model, "speeds": speeds, "seconds": options.seconds, "shares": load.SHARES}
            told = self.alone(task, speeds, [rate] * 4, what)
            if "error" in told:
                raise session.Failed(told["error"])
            kept[what] = {**self.stamp(4, rate), "name": what, "seconds": options.seconds, **told["load"]}
            self.results["load"] = {**self.results.get("load", {}), "shelves": list(kept.values())}
            self.save()
        task = {"kind": "swing", "model": model, "seconds": options.seconds}
        told = self.alone(task, [1] * 4, [rows.RATES[0]] * 4, "a load that swings")
        if "error" in told:
            raise session.Failed(told["error"])
        self.results["load"]["swing"] = {**self.stamp(4, rows.RATES[0]), **told["swing"]}
        self.save()
