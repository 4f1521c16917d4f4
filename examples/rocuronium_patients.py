"""
Patients under rocuronium
=========================

Train-of-four ratio, train-of-four count and post-tetanic count that were measured in ten surgical patients, against the
concentration of rocuronium at its effect site; over them what comes out of the junction under those concentrations.

What this shows: nothing in the simulated curves is fitted to these patients. `nmj.rocuronium(concentration)` holds
receptors and slows the refilling of vesicles; fade, lost responses and their return after a tetanus follow. How far
off that is stands beside how much the patients differ among themselves at one concentration, which no curve can
describe, and beside the factor on concentration that would bring the curve closest (it is not applied). Nearly all of
the ratios between 0 and 1 were taken while the concentration rose; the simulated block is a steady one.

Usage: python rocuronium_patients.py PATIENTS.csv [FIBERS]

PATIENTS.csv has columns patient,measure,time_s,value,effect_site_mol_per_l (measure: TOFR, TOFC or PTC); lines that
begin with # are comments. Source of the project's file: NMBsim data set (Hoshino et al., Kagawa University Hospital).
"""

import csv
import sys
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import uM

COLUMNS = ["patient", "measure", "time_s", "value", "effect_site_mol_per_l"]
MEASURES = {
    "TOFR": "train-of-four ratio",
    "TOFC": "train-of-four count",
    "PTC": "post-tetanic count",
}
#: Terminals of a muscle differ in size (assumed, as in 06_clinic.py); the monitor counts up to 15.
COMMON = {"spread": 0.3, "seed": 1}
MOST = 15
#: Concentrations (uM) that are simulated; the tetanus only where a train of four is failing.
DOSES, DEEP = (0, 0.4, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5, 3.2), (1.6, 2.0, 2.5, 3.2)


def read(path):
    """Measure -> (concentration in uM, value), from a CSV file; a clear error if it is another."""
    lines = [line for line in Path(path).read_text().splitlines() if line and line[0] != "#"]
    rows = list(csv.DictReader(lines))
    if not rows or list(rows[0]) != COLUMNS:
        raise SystemExit(f"{path}: the first line must be {','.join(COLUMNS)}")
    found = {}
    for measure in MEASURES:
        mine = [r for r in rows if r["measure"] == measure]
        numbers = [(1e6 * float(r["effect_site_mol_per_l"]), float(r["value"])) for r in mine]
        found[measure] = np.array(numbers).T.clip(0)  # two concentrations are -1e-12
    return found


def simulate(fibers):
    """Measure -> (concentration in uM, value): human muscle under rocuronium, laboratory's experiments."""
    human = nmj.junctions.human()
    trains = [
        nmj.lab.train_of_four(human.under(nmj.rocuronium(c * uM)), fibers, **COMMON) for c in DOSES
    ]
    tetani = [
        nmj.lab.post_tetanic_count(
            human.under(nmj.rocuronium(c * uM)), fibers // 3, twitches=MOST, **COMMON
        )
        for c in DEEP
    ]
    count = np.array([t.count for t in trains])
    # a monitor gives no ratio without a fourth response; the patients' is then 0
    ratio = [t.ratio if t.count == 4 else 0.0 for t in trains]
    return {
        "TOFR": (np.array(DOSES), np.array(ratio)),
        "TOFC": (np.array(DOSES), count),
        "PTC": (np.array(DEEP), np.array([t.count for t in tetani])),
    }


def rms(x):
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.square(x))))


def scatter(c, value, width=0.25):
    """How far patients are from the mean of all who have that concentration, within 0.25 uM."""
    place = np.floor(c / width)
    return rms(np.concatenate([value[place == k] - value[place == k].mean() for k in set(place)]))


def best_factor(c, value, curve):
    """Factor on the simulated concentrations that brings the curve nearest to the patients."""
    factors = np.geomspace(0.5, 5, 231)
    errors = [rms(np.interp(c, k * curve[0], curve[1]) - value) for k in factors]
    return factors[int(np.argmin(errors))], min(errors)


def main(path, fibers):
    measured, simulated = read(path), simulate(fibers)
    fig, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
    for ax, (measure, title) in zip(axes, MEASURES.items(), strict=True):
        (c, value), curve = measured[measure], simulated[measure]
        print(f"{title}: {len(c)} in patients")
        for low, high in ((0, 0.5), (0.5, 1), (1, 1.5), (1.5, 2), (2, 3), (3, 4), (4, 7)):
            held = (c >= low) & (c < high)
            if held.any():
                there = np.interp(c[held], *curve)
                print(
                    f"  {low:g}-{high:g} uM: patients {value[held].mean():.2f} +- {value[held].std():.2f}, "
                    f"simulated {there.mean():.2f}"
                )
        off = np.interp(c, *curve) - value
        print(f"{measure} error, mean and rms: {off.mean():.2f} {rms(off):.2f}")
        print(f"{measure} scatter of patients at one concentration, rms: {scatter(c, value):.2f}")
        factor, left = best_factor(c, value, curve)
        print(f"{measure} nearest with concentrations times: {factor:.2f} (rms then {left:.2f})")
        ax.plot(c, value, "o", mfc="none", ms=4, c="gray", label="patients")
        ax.plot(*curve, "o-", c="C3", ms=3, label="simulated")
        ax.set(xlabel="rocuronium at the effect site (uM)", ylabel=title, xlim=(-0.1, 6.5))
    axes[0].legend(frameon=False)
    fig.savefig("rocuronium_patients.png", dpi=120)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        raise SystemExit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 300)
