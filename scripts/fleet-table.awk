# Medians of scripts/bench.sh over fleets that nobody else can run, as a Markdown table. Columns of the input: file, threads, CPU
# seconds, wall seconds, peak bytes, frame deliveries, mapping deliveries, scanned share.
BEGIN { FS = "\t" }

{
  key = $1 FS $2
  if (!(key in runs)) order[++rows] = key
  cpu[key, ++runs[key]] = $3
  wall[key, runs[key]] = $4
  rss[key, runs[key]] = $5
  frames[key] = $6
  mappings[key] = $7
  share[key] = $8
}

function spread(values, key, middle) {
  middle = median(values, key)
  return runs[key] > 1 ? sprintf("%.1f (%.1f to %.1f)", middle, sorted[1], sorted[runs[key]]) : sprintf("%.1f", middle)
}

END {
  print "| file | threads | CPU s | wall s | times as fast as one thread | ns a frame and firewall | mapping deliveries per CPU s | peak MiB | scanned |"
  print "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
  for (row = 1; row <= rows; row++) {
    key = order[row]
    split(key, name, FS)
    alone = name[1] FS 1
    faster = name[2] > 1 && alone in runs ? sprintf("%.2f", median(wall, alone) / median(wall, key)) : ""
    seconds = median(cpu, key)
    printf "| %s | %s | %s | %s | %s | %.0f | %.2g | %.0f | %.4f |\n", name[1], name[2], spread(cpu, key), spread(wall, key), faster,
      seconds * 1e9 / frames[key], mappings[key] / seconds, median(rss, key) / 1048576, share[key]
  }
}
