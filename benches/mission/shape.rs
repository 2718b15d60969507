//! Graphs of `/bin/true`, in the words of each program that runs them.

use std::fmt::Write as _;

/// What each node waits for, by position.
pub(crate) struct Shape(Vec<Vec<usize>>);

/// How a node's command is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Through {
    /// Directly.
    Argv,
    /// By a shell.
    Shell,
}

impl Shape {
    /// Nodes that wait for nothing.
    pub(crate) fn fan(nodes: usize) -> Self {
        Self(vec![Vec::new(); nodes])
    }
    /// Each waits for the one before.
    pub(crate) fn chain(nodes: usize) -> Self {
        Self((0..nodes).map(|i| i.checked_sub(1).into_iter().collect()).collect())
    }
    /// Each waits for all of the layer before.
    pub(crate) fn layers(layers: usize, width: usize) -> Self {
        let before = |layer: usize| layer.checked_sub(1).map_or(0..0, |l| l * width..(l + 1) * width).collect();
        Self((0..layers * width).map(|i| before(i / width)).collect())
    }
    /// About three needs each, of nodes not far before; always the same ones.
    pub(crate) fn tangle(nodes: usize) -> Self {
        let mut seed = 42_u64;
        let mut next = |below: usize| {
            // Knuth's linear congruential generator, MMIX.
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap_or(0) % below
        };
        let mut needs = |node: usize| {
            let mut needs: Vec<usize> = (0..3.min(node)).map(|_| node - 1 - next(node.min(5000))).collect();
            needs.sort_unstable();
            needs.dedup();
            needs
        };
        Self((0..nodes).map(&mut needs).collect())
    }
    /// How many nodes.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
    /// A workflow; `j` nodes run at the same time.
    pub(crate) fn workflow(&self, j: usize, through: Through) -> String {
        let mut text = format!(
            "mission: 1\nname: bench\nlimits: {{ concurrency: {j}, nodes: {} }}\nnodes:\n",
            self.len().max(1) + 1
        );
        let run = if through == Through::Shell { "/bin/true" } else { "[/bin/true]" };
        for (node, needs) in self.0.iter().enumerate() {
            let needs = if needs.is_empty() { String::new() } else { format!(", needs: [{}]", names(needs, ", ")) };
            writeln!(text, "  n{node}: {{ run: {run}{needs} }}").expect("a text grows");
        }
        text
    }
    /// Nodes that nothing waits for.
    fn ends(&self) -> Vec<usize> {
        let mut is_end = vec![true; self.len()];
        self.0.iter().flatten().for_each(|node| is_end[*node] = false);
        (0..self.len()).filter(|node| is_end[*node]).collect()
    }
    /// A file for ninja.
    pub(crate) fn ninja(&self) -> String {
        let mut text = "rule r\n  command = /bin/true\n".to_owned();
        for (node, needs) in self.0.iter().enumerate() {
            writeln!(text, "build n{node}: r {}", names(needs, " ")).expect("a text grows");
        }
        writeln!(text, "build all: phony {}\ndefault all", names(&self.ends(), " ")).expect("a text grows");
        text
    }
    /// A file for make.
    pub(crate) fn make(&self) -> String {
        let all = names(&(0..self.len()).collect::<Vec<_>>(), " ");
        let mut text = format!(".PHONY: all {all}\nall: {}\n", names(&self.ends(), " "));
        for (node, needs) in self.0.iter().enumerate() {
            writeln!(text, "n{node}: {}\n\t@/bin/true", names(needs, " ")).expect("a text grows");
        }
        text
    }
    /// A list of lists of positions, as JSON.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(&self.0).expect("numbers are JSON")
    }
}

fn names(nodes: &[usize], between: &str) -> String {
    nodes.iter().map(|node| format!("n{node}")).collect::<Vec<_>>().join(between)
}
