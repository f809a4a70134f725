// Main: which page this is.
const data = JSON.parse(document.getElementById("data").textContent);
({ run: run_page, check: check_page, compare: compare_page, plan: plan_page })[data.kind](data);
root.dataset.ready = String(Math.round(performance.now()));
