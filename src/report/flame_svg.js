"use strict";
// Zoom, search and keys of a flame graph. Everything that it needs is in the picture: of each frame the rectangle as drawn
// and the title, whose first line is the whole name. A difference has two halves, h (head) and b (base), each with a root of
// its own; the frame h7 and the frame b7, where they are drawn, are one path of calls.
(function () {
	const svg = document.querySelector("svg");	// of a document of its own, or of a page that it stands in
	const LEFT = 10, WIDTH = 1180, CHAR = 6.63;
	const frames = [], roots = [];
	const byId = new Map();
	const details = document.getElementById("details"), matched = document.getElementById("matched");
	let zoomed = null, searched = "", field = null, marked = null;

	function setUp() {
		const path = [];

		for (const group of document.querySelectorAll("g.f")) {
			const rect = group.querySelector("rect"), title = group.querySelector("title").textContent;
			const frame = {
				group, rect, title, label: group.querySelector("text"),
				id: group.id, half: group.id[0], name: title.split("\n")[0],
				x: Number(rect.getAttribute("x")), width: Number(rect.getAttribute("width")),
				depth: Number(group.getAttribute("data-d")), children: [], parent: null,
			};

			path.length = frame.depth;	// frames stand callers first
			frame.parent = path[frame.depth - 1] || null;
			path.push(frame);
			if (frame.parent)
				frame.parent.children.push(frame);
			else
				roots.push(frame);
			group.setAttribute("tabindex", frame.parent ? "-1" : "0");
			group.setAttribute("role", "button");
			group.setAttribute("aria-label", title.replace(/\n/g, ", "));
			frames.push(frame);
			byId.set(frame.id, frame);
		}
		zoomed = frames[0];
	}

	function place(frame, x, width, isFaded) {
		const isShown = width >= 0.1, room = Math.floor((width - 6) / CHAR), name = Array.from(frame.name);

		frame.group.style.display = isShown ? "" : "none";
		if (!isShown)
			return;
		frame.rect.style.fillOpacity = isFaded ? 0.5 : 1;
		frame.rect.setAttribute("x", x.toFixed(2));
		frame.rect.setAttribute("width", width.toFixed(2));
		frame.label.setAttribute("x", (x + 3).toFixed(2));
		frame.label.textContent = room < 3 ? "" : name.length <= room ? frame.name : name.slice(0, room - 1).join("") + "…";
	}

	function twinOf(frame) {
		const half = {h: "b", b: "h"}[frame.half];

		return half ? byId.get(half + frame.id.slice(1)) || null : null;
	}

	// One half: its callers of the target faded, and what is in it. Without a target (the other half has no such frame) there
	// is nothing below `caller`.
	function zoomHalf(root, target, caller, scale) {
		const callers = new Set();

		for (let f = caller; f; f = f.parent)
			callers.add(f);
		for (const f of frames) {
			if (f.half !== root.half)
				continue;
			if (callers.has(f)) {
				place(f, LEFT, WIDTH, true);
				continue;
			}
			const isInside = target && f.depth >= target.depth && f.x >= target.x - 0.01 &&
				f.x + f.width <= target.x + target.width + 0.01;

			place(f, isInside ? LEFT + (f.x - target.x) * scale : LEFT, isInside ? f.width * scale : 0, false);
		}
	}

	// Both halves to the same path, and in the same scale.
	function zoom(target) {
		const twin = twinOf(target), scale = WIDTH / (Math.max(target.width, twin ? twin.width : 0) || 1);
		let known = target.parent;

		while (known && !twin && !twinOf(known))
			known = known.parent;
		for (const root of roots) {
			if (root.half === target.half)
				zoomHalf(root, target, target.parent, scale);
			else
				zoomHalf(root, twin, twin ? twin.parent : known && twinOf(known), scale);
		}
		zoomed = target;
		remember();
	}

	function makeMatcher(text) {
		try {
			const pattern = new RegExp(text);
			return (name) => pattern.test(name);
		} catch (e) {
			return (name) => name.includes(text);	// "operator[" is no regular expression, but a name
		}
	}

	// Shares are of everything on that side, and a frame below another match counts once.
	function search(text) {
		const isMatch = makeMatcher(text), widths = new Map(roots.map((root) => [root.half, 0]));
		let count = 0, under = null;

		searched = text;
		for (const f of frames) {
			const hit = text !== "" && f.depth > 0 && isMatch(f.name);

			f.group.classList.toggle("m", hit);
			if (under && (f.depth <= under.depth || f.half !== under.half))
				under = null;
			if (hit) {
				count++;
				if (!under) {
					under = f;
					widths.set(f.half, widths.get(f.half) + f.width);
				}
			}
		}
		matched.textContent = text === "" ? "" : "“" + text + "”: " + roots.map((root) =>
			(root.group.dataset.side ? root.group.dataset.side + " " : "") +
			(root.width > 0 ? 100 * widths.get(root.half) / root.width : 0).toFixed(1) + " %").join(", ") +
			" of CPU time in " + count + " frames";
		remember();
	}

	function remember() {
		const parts = [];

		if (zoomed && zoomed.parent)
			parts.push("zoom=" + zoomed.id);
		if (searched !== "")
			parts.push("search=" + encodeURIComponent(searched));
		try {
			history.replaceState(null, "", parts.length ? "#" + parts.join("&") : location.pathname + location.search);
		} catch (e) {
			// Some viewers do not let a file change its address: then it is not remembered.
		}
	}

	function recall() {
		let target = frames[0], text = "";

		for (const part of location.hash.slice(1).split("&")) {
			const [key, value] = [part.split("=")[0], part.slice(part.indexOf("=") + 1)];

			if (key === "zoom")
				target = byId.get(value) || target;
			try {
				if (key === "search")
					text = decodeURIComponent(value);
			} catch (e) {
				text = value;
			}
		}
		zoom(target);
		search(text);
	}

	function closeField() {
		if (field)
			field.remove();
		field = null;
		(zoomed || frames[0]).group.focus();
	}

	function openField() {
		const box = document.createElementNS("http://www.w3.org/2000/svg", "foreignObject");
		const input = document.createElementNS("http://www.w3.org/1999/xhtml", "input");

		if (field)
			return;
		for (const [key, value] of Object.entries({x: 890, y: 30, width: 300, height: 26}))
			box.setAttribute(key, value);
		input.setAttribute("style", "width:290px;box-sizing:border-box;font:12px monospace");
		input.setAttribute("placeholder", "regular expression, Enter or Esc");
		input.setAttribute("aria-label", "search");
		input.value = searched;
		input.addEventListener("input", () => search(input.value));
		input.addEventListener("keydown", (e) => {
			e.stopPropagation();
			if (e.key === "Escape")
				search("");
			if (e.key === "Escape" || e.key === "Enter")
				closeField();
		});
		box.append(input);
		svg.append(box);
		field = box;
		input.focus();
	}

	function reset() {
		search("");
		zoom(frames[0]);
		frames[0].group.focus();
	}

	function widest(list) {
		return list.reduce((best, f) => (!best || f.width > best.width ? f : best), null);
	}

	// The next frame to the left or right on the same level that can be seen.
	function beside(frame, step) {
		const row = frames.filter((f) => f.half === frame.half && f.depth === frame.depth && f.group.style.display !== "none");

		return row[row.indexOf(frame) + step] || null;
	}

	function frameOf(element) {
		const group = element && element.closest ? element.closest("g.f") : null;

		return group ? byId.get(group.id) : null;
	}

	// What the pointer or the focus is on; its twin is marked.
	function look(frame) {
		const twin = twinOf(frame);

		if (marked)
			marked.group.classList.remove("t");
		if (twin)
			twin.group.classList.add("t");
		marked = twin;
		details.textContent = frame.title.replace(/\n/g, ", ");
	}

	function onKey(e) {
		const frame = frameOf(document.activeElement);
		const at = frame || zoomed;
		let next = null;

		if (e.ctrlKey || e.metaKey || e.altKey)
			return;
		if (e.key === "/")
			openField();
		else if (e.key === "r")
			reset();
		else if (e.key === "Escape")
			searched !== "" ? search("") : zoom(frames[0]);
		else if (e.key === "Enter" && frame)
			zoom(frame);
		else if (e.key === "b")
			next = twinOf(at);
		else if (e.key === "ArrowUp")
			next = at.half === "b" ? at.parent : widest(at.children);
		else if (e.key === "ArrowDown")
			next = at.half === "b" ? widest(at.children) : at.parent;
		else if (e.key === "ArrowLeft")
			next = beside(at, -1);
		else if (e.key === "ArrowRight")
			next = beside(at, 1);
		else
			return;
		e.preventDefault();
		if (next)
			next.group.focus();
	}

	setUp();
	if (frames.length === 0)
		return;
	svg.classList.add("live");
	document.getElementById("search").addEventListener("click", openField);
	document.getElementById("reset").addEventListener("click", reset);
	svg.addEventListener("click", (e) => {
		const frame = frameOf(e.target);
		if (frame)
			zoom(frame);
	});
	for (const kind of ["mouseover", "focusin"])
		svg.addEventListener(kind, (e) => {
			const frame = frameOf(e.target);
			if (frame)
				look(frame);
		});
	svg.addEventListener("keydown", onKey);
	window.addEventListener("hashchange", recall);
	recall();
})();
