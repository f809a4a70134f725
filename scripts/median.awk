# What the tables of scripts/bench.sh have in common; each counts a key's values in `runs`.

# Sorts the values of a key into `sorted`; the middle one, or the mean of two.
function median(values, key, i, j, held) {
  for (i = 1; i <= runs[key]; i++) {
    held = values[key, i] + 0
    for (j = i - 1; j >= 1 && sorted[j] > held; j--) sorted[j + 1] = sorted[j]
    sorted[j + 1] = held
  }
  return (sorted[int((runs[key] + 1) / 2)] + sorted[int(runs[key] / 2) + 1]) / 2
}
