//! Laws of the places of things, in the numbers that the template prints.

use fargate_egress::diagram::{Drawing, Rect, drawing};
use rayon::prelude::*;

use super::made_up::{Names, all};

/// Left, top, right, bottom.
type Area = (i32, i32, i32, i32);

fn area(rect: &Rect) -> Area {
    (rect.x, rect.y, rect.x + rect.width, rect.y + rect.height)
}

fn overlap(a: Area, b: Area) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}

fn contains(outer: Area, inner: Area) -> bool {
    outer.0 <= inner.0 && outer.1 <= inner.1 && inner.2 <= outer.2 && inner.3 <= outer.3
}

/// Around all of some points.
fn around(points: &[(i32, i32)]) -> Area {
    let xs = || points.iter().map(|point| point.0);
    let ys = || points.iter().map(|point| point.1);
    (xs().min().unwrap(), ys().min().unwrap(), xs().max().unwrap(), ys().max().unwrap())
}

/// What an arrow and its head take, with the width of the line.
fn arrows(drawing: &Drawing) -> Vec<Vec<Area>> {
    let wide = |(left, top, right, bottom): Area| (left - 1, top - 1, right + 1, bottom + 1);
    let arrows = drawing.arrows.iter().map(|arrow| {
        let mut areas = vec![wide(around(&[arrow.from, arrow.to]))];
        if !arrow.head.is_empty() {
            areas.push(around(&arrow.head));
        }
        areas.extend(arrow.cross.map(|(x, y)| (x - 7, y - 7, x + 7, y + 7)));
        areas
    });
    arrows.collect()
}

/// What is wrong with a drawing.
fn wrong(drawing: &Drawing) -> Vec<String> {
    let mut wrong = Vec::new();
    let canvas = (0, 0, drawing.width, drawing.height);
    let texts = &drawing.texts;
    let arrows = arrows(drawing);
    for (number, text) in texts.iter().enumerate() {
        let own = area(&text.bounds);
        if !contains((4, 4, canvas.2 - 4, canvas.3 - 4), own) {
            wrong.push(format!("`{}` leaves the picture", text.text));
        }
        for other in &texts[..number] {
            if overlap(own, area(&other.bounds)) {
                wrong.push(format!("`{}` is on `{}`", text.text, other.text));
            }
        }
        // What stands in a box has the box behind it, and not the edge of a frame.
        let is_boxed = drawing.boxes.iter().any(|one| contains(area(one), own));
        let frames = drawing.frames.iter().filter(|_| !is_boxed);
        for rect in drawing.boxes.iter().chain(frames) {
            if overlap(own, area(rect)) && !contains(area(rect), own) {
                wrong.push(format!("`{}` crosses the edge of {rect:?}", text.text));
            }
        }
        for arrow in arrows.iter().flatten() {
            if overlap(own, *arrow) {
                wrong.push(format!("an arrow goes through `{}`", text.text));
            }
        }
        for line in &drawing.lanes {
            for pair in line.points.windows(2) {
                let (left, top, right, bottom) = around(pair);
                if overlap(own, (left, top, right + 1, bottom + 1)) {
                    wrong.push(format!("a lane goes through `{}`", text.text));
                }
            }
        }
        for dot in &drawing.dots {
            if overlap(own, (dot.x - 5, dot.y - 5, dot.x + 5, dot.y + 5)) {
                wrong.push(format!("a dot is on `{}`", text.text));
            }
        }
    }
    for (number, one) in drawing.boxes.iter().enumerate() {
        for other in &drawing.boxes[..number] {
            if overlap(area(one), area(other)) {
                wrong.push(format!("{one:?} is on {other:?}"));
            }
        }
    }
    for (number, arrow) in arrows.iter().enumerate() {
        for part in arrow {
            // The line may touch the box that it leads to.
            let inner = (part.0 + 2, part.1, part.2 - 2, part.3);
            for one in &drawing.boxes {
                if overlap(inner, area(one)) {
                    wrong.push(format!("an arrow goes through {one:?}"));
                }
            }
            for other in arrows[..number].iter().flatten() {
                if overlap(*part, *other) {
                    wrong.push(format!("two arrows cross at {part:?}"));
                }
            }
        }
    }
    wrong
}

#[test]
fn nothing_is_drawn_on_anything_else() {
    let all = all(Names::ALL);
    assert_eq!(all.len(), 4 * 7 * 13 * 4);
    all.par_iter().for_each(|(name, picture)| {
        let wrong = wrong(&drawing(picture));
        assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
    });
}

/// Names of which all is written have no more to say.
#[test]
fn what_is_shortened_says_all_of_it_elsewhere() {
    for (_, picture) in all([Names::Plain, Names::Long]) {
        for text in drawing(&picture).texts {
            match &text.full {
                None => assert!(!text.text.contains('…'), "{}", text.text),
                Some(full) => assert!(text.text.contains('…') && *full != text.text),
            }
        }
    }
}
