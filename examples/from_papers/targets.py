"""
Which target is held where
==========================

The project's list of targets (R: junction, T: muscle) and, for each, the published experiments of this folder and the
tests that hold it, found in docs/published_numbers.md and in the docstrings of the tests. Writes docs/targets.md in a
second; run it after published_numbers.py.

Usage: python targets.py
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = ROOT / "docs" / "published_numbers.md"
DOCUMENT = ROOT / "docs" / "targets.md"

#: Running number -> what is to be reproduced. Numbers left out were dropped, or belong to the clinic.
TARGETS = {
    "R1": "equilibrium of the scheme of Colquhoun & Hawkes 1982 (CH82)",
    "R2": "CH82: open and shut times",
    "R3": "CH82: bursts",
    "R4": "CH82: correlations of successive times",
    "R5": "CH82: dose and response",
    "R6": "CH82: simulated records of one channel",
    "R8": "dose and response of frog receptors, Colquhoun & Ogden 1988",
    "R9": "bursts of frog receptors, Colquhoun & Sakmann 1985",
    "R10": "human receptor after a brief pulse, Lee, Free & Sine 2009",
    "R11": "slow and fast mutants after the same pulse",
    "R12": "block by ACh itself at high concentration",
    "R13": "slow channel by slower dissociation, Hatton et al. 2003",
    "R14": "entry into desensitization, Auerbach & Akk 1998",
    "R16": "fast desensitization at 5 mM, Dilger & Liu 1992",
    "R18": "occupancy by tubocurarine, Colquhoun, Dreyer & Sheridan 1979",
    "R19": "receptors to spare, Paton & Waud 1967",
    "R21": "a fast antagonist helps against curare, Blackman et al. 1975",
    "R23": "rise of the miniature current, Stiles et al. 1996",
    "R24": "ACh leaves the cleft, Land et al. 1984",
    "R25": "fourth power of calcium, Dodge & Rahamimoff 1967",
    "R26": "quantal content by three methods, del Castillo & Katz 1954",
    "R27": "facilitation, Magleby 1973",
    "R28": "ready pool by depletion, Ruiz et al. 2011",
    "R29": "channels and quanta of a frog active zone, Luo et al. 2011",
    "R30": "power on calcium and on channels, Shahrezaei et al. 2006",
    "R31": "calcium sensor in steps of calcium, Lou et al. 2005",
    "R32": "calcium in shells of a terminal, Stockbridge & Moore 1984",
    "R33": "fusion after brief impulses, exact row against a biased simulator",
    "R34": "synaptic delay and its Q10, Katz & Miledi 1965",
    "R35": "cable constants of rat muscle",
    "R37": "reversal potential by ions, Gage & Van Helden 1979",
    "R38": "human junction with half of its release sites, Slater et al. 2006",
    "T14": "action potential of a fiber with T-tubules, Cannon, Brown & Corey 1993",
    "T15": "the same with fewer Na channels in the tubule",
    "T16": "area of the T-tubules by diameter",
    "T18": "spread of conduction velocity, Andreassen & Arendt-Nielsen 1987",
    "T20": "action potential along a fiber in closed form, Rosenfalck 1969",
    "T21": "excitation to cross-bridges, Shorten et al. 2007",
    "T22": "force by frequency of human thenar units, Thomas et al. 1991",
    "T24": "twitches of human motor units, Andreassen & Arendt-Nielsen 1987",
    "T25": "half-life of potentiation after activity",
    "T26": "activation of Thelen 2003",
    "T27": "block of the twitch against occupancy, spread of fibers, Paton & Waud 1967",
    "T28": "safety factors that are inferred from T27: 4.1 where the twitch begins to fail, 12 where it is nearly gone",
    "T29": "fade of a train of four under a blocker",
    "T31": "course of rocuronium and its reversal, Kleijn et al. 2011",
    "T32": "reversal of a deep block, sugammadex against neostigmine, Jones et al. 2008",
    "T33": "decrement at 3 Hz with a third of the receptors, lowest at the 4th-5th response",
    "T34": "decrement against receptors",
    "T35": "low response and increment where little is released",
    "T38": "without AChE: repetitive compound action potential, slow potentials, decrement and increment by rate",
    "T39": "small junctions of DOK7 deficiency, Slater et al. 2006",
    "T40": "receptors with a gating efficiency of 1/338 and 1/11, Shen et al. 2018",
    "T41": "mean consecutive difference against standard deviation; pairs against single fibers",
    "T42": "jitter of normal muscle",
    "T43": "jitter grows before blocking as receptors are lost",
    "T46": "filling of vesicles in ChAT deficiency",
    "T48": "size of the compound action potential of a hand muscle",
}

#: What a reader must know; an id that nothing holds needs a remark that says why.
REMARKS = {
    "R5": "the numbers at a resolution are not met: their program had a sign error until 2026",
    "R14": "among channels of one patch, and during trains through a whole junction",
    "R16": "met by the fetal receptor, which is fitted to it at 5 mM; the other two schemes were not, and enter as "
    "slowly as in intact cells (human, R14) or recover too slowly (Edelstein et al. 1996)",
    "R19": "a human junction of one class of fibers has less to spare than a cat's muscle",
    "R25": "the sensor was measured at the calyx of Held; in a brief domain its power is 3.4",
    "R30": "as R25",
    "T18": "the published spread is one of diameters; velocity by diameter is tested on the cable",
    "T24": "correlation of velocity and torque (0.87) is left out: all fibers of one `MotorUnits` have one diameter, "
    "hence one velocity",
    "T27": "0.76 and 0.93 where terminals differ in size by 30 % (assumed); where all are alike 0.83 and 0.91, a "
    "narrower range than published",
    "T28": "an inference that assumes that potentials fall as receptors do; ours, potentials over threshold, are 2.2 "
    "(5 % of the fibers), 3.3 (median) and 4.6 (95 %), and the twitch fails at the same occupancies: a quantum keeps "
    "40 % of its peak with a quarter of the receptors. `examples/06_clinic.py` prints them",
    "T29": "hysteresis (less fade at onset than at offset) against concentration in plasma only: at equal depth of "
    "block there is none, since receptors of muscle and terminal follow the concentration at once",
    "T31": "reversal by 2 mg/kg takes 1.7 min with the second-order term of the paper; 2.7 min are of a public code "
    "with another term, and are met with that",
    "T32": "to a ratio of 0.9: sugammadex 2.4 min (2.9), neostigmine 71 min (50.4), from a block deeper than the "
    "published one",
    "T33": "exhaustion after a minute of contraction is over after two to three minutes; published: deepest at 2-4 min",
    "T34": "with half of the end plate's Na channels lost, as in the catalogue's myasthenia",
    "T35": "a decrement at 3 Hz only where active zones are lost, as in `nmj.lambert_eaton`: with little calcium alone "
    "facilitation outweighs depletion",
    "T38": "nearly all fibers fire again without AChE, 73 % in AChE deficiency; decrement and increment come with ACh "
    "that piles up (`nmj.lasting_acetylcholine`): without it responses fall by 5-9 % from 3 Hz on and stay there",
    "T40": "miniature potentials 0.03 and 0.35 mV for 0.85; weakness is the safety factor, 0.16 and 1.7 "
    "([phenotypes.md](phenotypes.md))",
    "T42": "28 us, which the density of the end plate's Na channels is fitted to",
    "T43": "blocking from 80-100 us on is recalled, not read",
    "T46": "synthesis and store are fitted to the amounts, which are recalled",
    "T48": "not met: 22 mV where 12 +- 4 mV are published for the first dorsal interosseous",
}

HEAD = """# Targets and where they are held

Made by `python examples/from_papers/targets.py`. One line a target: its running number, what is to be reproduced, the
scripts of `examples/from_papers` that compare it (with how many of its numbers are met, see
[published_numbers.md](published_numbers.md)), the tests whose docstring names it, and a remark.

| id | target | published experiments | tests | remark |
| --- | --- | --- | --- | --- |
"""


def published():
    """Id -> {script: (numbers met, numbers)} from docs/published_numbers.md."""
    found, script = {id: {} for id in TARGETS}, ""
    for line in NUMBERS.read_text(encoding="utf-8").splitlines():
        if line.startswith("`examples/from_papers/"):
            script = line.strip("`").rpartition("/")[2]
        id, _, rest = line.removeprefix("| ").partition(" | ")
        if line.startswith("| ") and id in found:
            met, number = found[id].get(script, (0, 0))
            found[id][script] = (met + ("**not met**" not in rest), number + 1)
    return found


def tests():
    """Id -> tests whose docstring names it, as ``path::function``."""
    found = {id: [] for id in TARGETS}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                named = re.findall(r"\b[RT]\d+\b", ast.get_docstring(node) or "")
                for id in dict.fromkeys(named):
                    if id in found:
                        found[id].append(f"{path.relative_to(ROOT).as_posix()}::{node.name}")
    return found


def table():
    """Text of the document."""
    lines, scripts, nodes = [], published(), tests()
    for id, what in TARGETS.items():
        shown = [f"`{name}`: {met} of {n}" for name, (met, n) in scripts[id].items()]
        held = [f"`{node.removeprefix('tests/')}`" for node in nodes[id]]
        if not shown + held:
            shown = ["**not held**"]
        cells = (id, what, "<br>".join(shown), "<br>".join(held), REMARKS.get(id, ""))
        lines.append(f"| {' | '.join(cells)} |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(table(), encoding="utf-8")
