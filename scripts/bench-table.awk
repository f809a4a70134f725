# Medians of scripts/bench.sh as a Markdown table. Columns of the input: scenario, program, CPU seconds, peak bytes, deliveries,
# mean delay, and whether the run agrees. One that does not is named, and none of its program's times count.
BEGIN { FS = "\t" }

{
  key = $1 FS $2
  if (!(key in runs)) order[++rows] = key
  cpu[key, ++runs[key]] = $3
  rss[key, runs[key]] = $4
  deliveries[key] = $5
  if ($7 != "yes") { wrong[key] = 1; print $2 " disagrees on " $1 ": " $5 " deliveries, mean delay " $6 " s" > "/dev/stderr" }
}

# How many times as long as one of ours it took.
function times(seconds, ours) {
  return ours in runs && !(ours in wrong) && median(cpu, ours) > 0 ? sprintf("%.3g", seconds / median(cpu, ours)) : "–"
}

END {
  print "| scenario | program | CPU s | deliveries per CPU s | times uidsim-brief | times uidsim | peak memory |"
  print "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
  for (row = 1; row <= rows; row++) {
    key = order[row]
    split(key, name, FS)
    if (key in wrong) { failed = 1; print "| " name[1] " | " name[2] " | disagrees | | | | |"; continue }
    seconds = median(cpu, key)
    rate = seconds > 0 ? sprintf("%.1e", deliveries[key] / seconds) : "–"
    brief = times(seconds, name[1] FS "uidsim-brief")
    printf "| %s | %s | %.3g | %s | %s | %s | %.0f MiB |\n", name[1], name[2], seconds, rate, brief,
      times(seconds, name[1] FS "uidsim"), median(rss, key) / 1048576
  }
  exit failed
}
