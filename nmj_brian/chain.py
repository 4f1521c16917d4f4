"""The population's fiber: a folded chain of two to eight compartments, fitted to the cable.

Free are the length of each compartment (its area on both sides), the distance between neighbors
(their coupling), the Na density of the end plate and of the others, and how steeply recovery from
Na inactivation depends on voltage (else the window current of the lumped Na holds the chain
depolarized after an action potential). They carry no anatomy: they are what makes a few compartments
answer as the cable does. What the fit leaves is printed by ``chain.residuals``."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping

import numpy as np
from brian2 import Quantity, meter, mV, us

from .cable import Cable
from .chain_cache import fingerprint, load, save
from .excitation import Excitable, Response
from .fiber import Fiber
from .membrane import MembraneChain
from .parameters import _table
from .quantal_conductance import QuantalConductance

__all__ = ["Chain", "Residuals"]

#: Step of the reference solution and of the chain during the fit.
CABLE_STEP, CHAIN_STEP = 2.5 * us, 5 * us

_SLOW = "quanta to fire, three times slower"
_AFTER = "voltage after spike, from rest - 10 mV"
_STUCK = "voltage long after being held depolarized, from rest - 10 mV"

#: Quantity -> tolerance that weighs it in the fit (relative).
_WEIGHTS = {
    "EPP": 0.01,
    _SLOW: 0.02,
    "quanta to fire": 0.005,
    "half decay": 0.03,
    "latency": 0.03,
    "peak": 0.04,
    _AFTER: 0.2,
    _STUCK: 0.02,
}

#: Where the fit starts: a chain of the 50 um human fiber, in units that scale with the fiber.
_START = {
    2: ([0.24, 1.8], [0.74], [4.5], 6.2, 9.0),
    4: ([0.10, 0.15, 0.28, 1.5], [0.14, 0.29, 0.43], [9.0], 3.0, 11.0),
}
#: Slopes of recovery that a chain may have, in mV; share of the fitted one: clear of a second resting state.
_RECOVERY_MV, _MARGIN = (4.0, 16.0), 0.95

#: Largest error up to the spike that ends the search for a better fit: two compartments, more.
_GOOD, _GOOD_LONG = 0.03, 0.015

#: Weighted error of a quantity that a trial chain does not have (no spike, no rest).
FAILED = 150.0

_fitted: dict[tuple, np.ndarray] = {}
#: What cables answer, by fingerprint: each takes seconds, and serves chains of any length.
_answers: dict[str, tuple[float, dict[str, float]]] = {}


class Residuals(Mapping):
    """What a chain leaves of the cable: name -> (cable, chain), in mV, ms or quanta."""

    def __init__(self, pairs: dict[str, tuple[float, float]]) -> None:
        self._pairs = pairs

    def __getitem__(self, name: str) -> tuple[float, float]:
        return self._pairs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def error(self, name: str) -> float:
        """Relative error of the chain."""
        cable, chain = self._pairs[name]
        return chain / cable - 1.0

    @property
    def worst(self) -> float:
        """Largest relative error of what happens up to and in the action potential, not after it."""
        return max(abs(self.error(name)) for name in self if not name.startswith((_AFTER, _STUCK)))

    def __str__(self) -> str:
        rows = [
            (name, f"{cable:.4g}", f"{chain:.4g}", f"{100 * self.error(name):+.2f} %")
            for name, (cable, chain) in self.items()
        ]
        return _table(("quantity", "cable", "chain", "error"), rows)


def measure(subject: Excitable, firing: float) -> dict[str, float]:
    """The numbers that a chain is fitted to; ``firing``: the cable's quanta to fire (inf: never)."""
    out = {}
    for quanta in (1, 10, 25, 50):
        epp = subject.epp(quanta, blocked=True)
        out[f"EPP of {quanta}, Na blocked, mV"] = float(epp.epp / mV)
        if quanta == 10:
            out["half decay of EPP, ms"] = 1e3 * float(epp.half_decay)
    out[f"{_STUCK}, mV"] = subject.left_of_depolarization() + 10.0
    if not np.isfinite(firing):
        return out
    for quanta in (1, 10, 25, 50):
        response = subject.epp(quanta)
        kind = "EPP" if quanta < 0.85 * firing else "peak"
        if kind == "EPP" or quanta > 1.3 * firing:
            out[f"{kind} of {quanta}, mV"] = float(response.epp / mV)
    known = isinstance(subject, Cable)
    out["quanta to fire"] = firing if known else subject.quanta_to_fire(tolerance=1e-5)
    out[_SLOW] = slow(subject).quanta_to_fire(tolerance=1e-4)
    for share in (1.3, 2.0, 4.0):
        response = subject.epp(share * firing)
        value = np.nan if response.latency is None else 1e3 * float(response.latency)
        out[f"latency at {share:g} x quanta to fire, ms"] = value
        if share == 2.0:
            out.update(_aftermath(subject, response))
    return out


def of_cable(fiber: Fiber, quantum: QuantalConductance) -> tuple[float, dict[str, float]]:
    """Quanta to fire of a fiber's cable, and what `measure` finds there; kept by value."""
    key = fingerprint(fiber, quantum)
    if key not in _answers:
        cable = Cable(fiber, quantum=quantum, step=CABLE_STEP)
        firing = cable.quanta_to_fire(tolerance=1e-5)
        _answers[key] = firing, measure(cable, firing)
    return _answers[key]


def slow(subject: Excitable) -> Excitable:
    """The same fiber under quanta that last three times as long (no AChE, slow channels)."""
    quantum = subject.quantum
    longer = QuantalConductance(
        quantum.peak, quantum.rise, 3 * quantum.decay, quantum.reversal, quantum.latency_sd
    )
    return Excitable(subject.fiber, subject.model, longer, subject.step)


def _aftermath(subject: Excitable, response: Response) -> dict[str, float]:
    """Voltage at four shares of the trace after the spike: does it repolarize?

    Counted from 10 mV below rest, so that a relative error has a meaning also at rest.
    """
    above = np.asarray((response.v - response.rest) / mV) + 10.0
    top = int(above.argmax())
    tail = len(above) - 1 - top
    return {
        f"{_AFTER}, {share:.0%} of tail, mV": float(above[top + int(share * tail)])
        for share in (0.1, 0.3, 0.6, 1.0)
    }


class Chain(Excitable):
    """A short folded chain of compartments that answers at its end plate as the fiber's cable does.

    Parameters
    ----------
    fiber : Fiber
        The fiber.
    compartments : int, optional
        2 (errors of 2-6 %) to 8; 4 gives 1-2 %.
    refit : bool, optional
        Fit even if a fit of this fiber is shipped or was made before.
    quantum : QuantalConductance, optional
        Conductance of one quantum; by default human, at the fiber's temperature.
    step : Quantity, optional
        Sub-step of the solution, a time.

    Attributes
    ----------
    model : MembraneChain
        Its compartments; ``model.scalars(h)`` and ``model.arrays(h)`` are the kernel's.

    Raises
    ------
    ValueError
        For another number of compartments.
    """

    def __init__(
        self,
        fiber: Fiber,
        compartments: int = 2,
        refit: bool = False,
        quantum: QuantalConductance | None = None,
        step: Quantity = CHAIN_STEP,
    ) -> None:
        if compartments != int(compartments) or not 2 <= compartments <= 8:
            raise ValueError(
                f"A chain has 2 to 8 compartments, got {compartments}: one cannot have the EPP and "
                "the threshold of a fiber at once."
            )
        self._count = int(compartments)
        quantum = QuantalConductance.human(fiber.temperature) if quantum is None else quantum
        if refit:  # a trial fit must not change what populations use
            self.numbers, _ = fit(fiber, quantum, self._count)
        else:
            self.numbers = _known(fiber, quantum, self._count)
        model = fiber.adapted(build(fiber, self.numbers, self._count))
        super().__init__(fiber, model, quantum=quantum, step=step)
        self._residuals: Residuals | None = None

    @property
    def lengths(self) -> Quantity:
        """Half-length of each compartment."""
        return self.numbers[: self._count] * self.fiber.length_constant

    @property
    def distances(self) -> Quantity:
        """Length of sarcoplasm between neighbors."""
        return self.numbers[self._count : 2 * self._count - 1] * self.fiber.length_constant

    @property
    def Na_factors(self) -> np.ndarray:
        """Na density of each compartment's surface relative to the fiber's."""
        return na_factors(self.numbers, self._count)

    @property
    def residuals(self) -> Residuals:
        """Chain against cable: printable table (computed when first asked for)."""
        if self._residuals is None:
            firing, theirs = of_cable(self.fiber, self.quantum)
            mine = measure(self, firing)
            self._residuals = Residuals({name: (theirs[name], mine[name]) for name in theirs})
        return self._residuals


def _known(fiber: Fiber, quantum: QuantalConductance, count: int) -> np.ndarray:
    """The fit that is shipped, was made by this process or an earlier one, or is made now."""
    from .presets.fiber_chains import CHAINS

    key = (fingerprint(fiber, quantum), count)
    if key not in _fitted and key in CHAINS:
        _fitted[key] = np.array(CHAINS[key][1])
    if key not in _fitted and (kept := load(*key)):
        _fitted[key], worst = kept
        _warn(fiber, count, worst)
    if key not in _fitted:
        _fitted[key], worst = fit(fiber, quantum, count)
        save(*key, fiber.name, _fitted[key], worst)
    return _fitted[key]


def na_factors(numbers: np.ndarray, count: int) -> np.ndarray:
    """Na factor of each compartment from the vector of fitted numbers."""
    factors = np.full(count, numbers[2 * count])
    factors[0] = numbers[2 * count - 1]
    return factors


def build(fiber: Fiber, numbers: np.ndarray, count: int) -> MembraneChain:
    """Chain from its numbers: lengths and distances in length constants, Na factors, slope of recovery."""
    scale = float(fiber.length_constant / meter)
    return fiber.membranes(
        area_m2=2.0 * np.pi * fiber.si("diameter") * scale * numbers[:count],
        g_axial_S=fiber.axial_conductance(scale * numbers[count : 2 * count - 1]),
        na_factor=na_factors(numbers, count),
        spike_compartment=count - 1,
        recovery_mV=float(numbers[2 * count + 1]),
    )


def _start(count: int) -> np.ndarray:
    if count in _START:
        return np.concatenate([np.atleast_1d(part) for part in _START[count]])
    edges = np.concatenate([[0.0], np.geomspace(0.1, 2.4, count)])
    centers = np.concatenate([[0.0], (edges[1:-1] + edges[2:]) / 2.0])
    return np.concatenate([np.diff(edges), np.diff(centers), [10.0, 2.0, 7.0]])


def _starts(count: int) -> list[np.ndarray]:
    """The start and its relatives: an action potential may be short against the length constant."""
    out = []
    for shorter in (1.0, 0.6, 0.36, 0.2):
        for denser in (1.0, 0.5, 2.0):
            numbers = _start(count)
            numbers[: 2 * count - 1] *= shorter
            numbers[-3:-1] *= denser
            out.append(np.log(numbers))
    return out


def _warn(fiber: Fiber, count: int, worst: float) -> None:
    if worst > 0.1:
        warnings.warn(
            f"The {count}-compartment chain of the {fiber.name} misses its cable by "
            f"{100 * worst:.0f} %: print chain.residuals, or use more compartments.",
            stacklevel=4,
        )


def fit(fiber: Fiber, quantum: QuantalConductance, count: int) -> tuple[np.ndarray, float]:
    """Fit a chain to the cable: least squares on the logarithms of `measure`. Takes up to a minute.

    Parameters
    ----------
    fiber : Fiber
        The fiber.
    quantum : QuantalConductance
        What drives it.
    count : int
        Compartments.

    Returns
    -------
    numbers : ndarray
        Lengths and distances in length constants, Na factors of the end plate and of the others,
        slope of recovery in mV.
    worst : float
        Largest relative error until the spike.
    """
    print(
        f"fitting the {count}-compartment chain of the {fiber.name} to its cable, up to a minute ...",
        file=sys.stderr,
        flush=True,
    )
    firing, target = of_cable(fiber, quantum)
    weight = np.array([next(w for key, w in _WEIGHTS.items() if key in name) for name in target])
    wanted = np.log(list(target.values()))

    from scipy.optimize import least_squares  # takes long to import

    def misfit(logs: np.ndarray) -> np.ndarray:
        try:
            chain = Excitable(fiber, build(fiber, np.exp(logs), count), quantum, CHAIN_STEP)
            got = np.array(list(measure(chain, firing).values()))
        except ValueError:  # no resting state, or the tail of the EPP is beyond the trace
            return np.full(len(wanted), FAILED)
        good = np.isfinite(got) & (got > 0)
        errors = np.log(np.where(good, got, 1.0)) - wanted
        return np.where(good, np.clip(errors / weight, -FAILED, FAILED), FAILED)

    best, worst = None, np.inf
    low, high = np.log(_RECOVERY_MV)
    ranked = sorted(_starts(count), key=lambda logs: np.square(misfit(logs)).sum())
    for first in ranked[:4]:  # further starts only where the first ends badly
        found = least_squares(
            misfit,
            first,
            bounds=(np.append(first[:-1] - 2.5, low), np.append(first[:-1] + 2.5, high)),
            diff_step=3e-3,
            x_scale="jac",
            max_nfev=40,
        )
        if best is None or found.cost < best.cost:
            best = found
            failed = (np.abs(found.fun) >= FAILED).any()
            before = np.array([not name.startswith((_AFTER, _STUCK)) for name in target])
            worst = np.inf if failed else np.abs(found.fun * weight)[before].max()
        if worst < (_GOOD if count == 2 else _GOOD_LONG):
            break
    _warn(fiber, count, worst)
    return np.exp(best.x) * np.append(np.ones(2 * count + 1), _MARGIN), worst


def write_shipped(path: str, fibers: dict[str, Fiber], counts: tuple[int, ...] = (2, 4)) -> None:
    """Fit the chains that the package ships and write them as ``presets/fiber_chains.py``."""
    lines = [
        '"""Fitted chains of the ready fibers: (fingerprint, compartments) -> (label, numbers).',
        "",
        "Written by `nmj_brian.chain.write_shipped`; a test fits one anew. A fiber with any other",
        'parameter has another fingerprint and is fitted when first used."""',
        "",
        "CHAINS: dict[tuple[str, int], tuple[str, list[float]]] = {",
    ]
    for label, fiber in fibers.items():
        quantum = QuantalConductance.human(fiber.temperature)
        for count in counts:
            if "frog" in label and count == 2:
                continue  # they miss the frog's cable by 18 %: to be asked for, with a warning
            numbers = ", ".join(f"{x:.6g}" for x in fit(fiber, quantum, count)[0])
            lines.append(f'    ("{fingerprint(fiber, quantum)}", {count}): (')
            lines.append(f'        "{label}",')
            lines.append(f"        [{numbers}],")
            lines.append("    ),")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join([*lines, "}", ""]))


def ready_fibers() -> dict[str, Fiber]:
    """The fibers whose chains are shipped, by label."""
    from . import conditions, fibers
    from .units import degC

    out = {}
    for make in (fibers.human, fibers.rat, fibers.mouse):
        for celsius in (37, 22):
            fiber = make(temperature=celsius * degC)
            out[f"{fiber.name}, {celsius} degC"] = fiber
    out["frog fiber, 20 degC"] = fibers.frog()
    for name in ("myasthenia_gravis", "ageing", "denervation"):  # DOK7 deficiency is the first
        out[f"human fiber, {name}"] = fibers.human().under(getattr(conditions, name)())
    return out
