"""Value and gradient of generated code against the best hand-written NumPy, interleaved.

    python benchmarks/evaluation.py [rosenbrock] [logistic] [network]

"Best hand" works in place, in blocks, with powers as products and sums as dots, and stores its
gradient first and adds second. Each pair is run in turns, and the figure is the ratio of the
medians, with the smallest ratio of neighbouring runs beside it. Set OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from benchmarks.hand import LOGISTIC_ROWS, hand_logistic, hand_network, hand_rosenbrock
from gdcli.codegen.objective import CompiledObjective
from gdcli.graph.build import build
from gdcli.language.parse import parse
