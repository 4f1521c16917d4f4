"""C++ text of a bound model for the standalone program: the fields of a C struct, and Brian's arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2.core.variables import ArrayVariable, DynamicArrayVariable
from brian2.devices.device import get_device

__all__ = ["array_name", "array_pointer", "assign_course", "assign_model", "assign_pointers"]


def assign_model(struct: str, scalars: dict[str, Any], arrays: dict[str, np.ndarray]) -> str:
    """Statements that fill a model struct with constants.

    Parameters
    ----------
    struct : str
        The struct, e.g. ``p.endplate``.
    scalars, arrays : dict
        Values by field name. Numbers are written with 17 digits, hence exactly.
    """
    lines = []
    for name, value in scalars.items():
        if isinstance(value, tuple):  # a small array inside the struct
            lines += [f"{struct}.{name}[{i}] = {_literal(x)};" for i, x in enumerate(value)]
        else:
            lines.append(f"{struct}.{name} = {_literal(value)};")
    for name, values in arrays.items():
        values = np.ascontiguousarray(values)
        ctype = (
            "int32_t"
            if values.dtype.kind in "iu"
            else "float"
            if values.dtype == np.float32
            else "double"
        )
        table = f"{struct.replace('.', '_')}_{name}"
        suffix = "f" if ctype == "float" else ""
        text = ", ".join(_literal(x) + suffix for x in values.ravel()) or "0"
        lines.append(f"static const {ctype} {table}[] = {{{text}}};")
        lines.append(f"{struct}.{name} = {table};")
    return "\n".join(lines)


def assign_course(struct: str, course: Any, name: str) -> str:
    """Statements that fill the course of an action potential; its tables, which are large, are data of the program.

    Parameters
    ----------
    struct : str
        The struct, e.g. ``p``.
    course : CourseTable
        The course.
    name : str
        Of the fibers.
    """
    shared = {k: v for k, v in course.scalars.items() if k != "end_s"}
    shared["n_row"] = course.tables[0].shape[2]
    lines = [assign_model(f"{struct}.course", shared, {})]
    for k, (table, end_s) in enumerate(zip(course.tables, course.scalars["end_s"], strict=True)):
        sizes = {"n_phase": table.shape[0], "n_size": table.shape[1], "end_s": end_s}
        lines.append(assign_model(f"{struct}.course.table[{k}]", sizes, {}))
        if table.size:
            row = f"brian::{_static_array(f'{name}_course_{k}', table)}"
            lines.append(f"{struct}.course.table[{k}].row = {row};")
    return "\n".join(lines)


def _static_array(name: str, values: np.ndarray) -> str:
    """Name of data of the present program; what is there already is used again."""
    known = get_device().static_arrays
    flat = np.ascontiguousarray(values).ravel()
    for found, there in known.items():
        if found.startswith(f"_static_array_{name}") and np.array_equal(there, flat):
            return found
    return get_device().static_array(name, flat)


def _literal(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    return f"{float(value):.17g}" if float(value) != int(value) else f"{float(value):.1f}"


def array_name(variable: ArrayVariable) -> str:
    """Name of a Brian variable's array in the standalone program."""
    return get_device().get_array_name(variable, access_data=False)


def array_pointer(variable: ArrayVariable) -> str:
    """C++ expression for the data of a Brian variable in the standalone program."""
    name = array_name(variable)
    if isinstance(variable, DynamicArrayVariable):
        return f"brian::{name}.data()"
    return f"brian::{name}"


def assign_pointers(struct: str, variables: dict[str, ArrayVariable]) -> str:
    """Statements that point the fields of a struct at Brian's arrays."""
    return "\n".join(f"{struct}.{field} = {array_pointer(v)};" for field, v in variables.items())
