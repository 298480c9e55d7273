//! Which triggers a word of the vocabulary anchors.

/// For each vocabulary entry the numbers of its triggers, in one run of memory.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// Where the triggers of each entry begin; those of the next entry follow.
    begins: Vec<u32>,
    triggers: Vec<u32>,
}

impl Index {
    /// The index of `lists`, the list at index `i` being that of entry `i`.
    pub fn new(lists: &[Vec<u32>]) -> Self {
        let mut index = Self { begins: vec![0], triggers: Vec::new() };
        for list in lists {
            index.triggers.extend(list);
            index.begins.push(u32::try_from(index.triggers.len()).unwrap_or(u32::MAX));
        }
        index
    }

    /// How many entries there are, entry 0 included.
    pub fn len(&self) -> usize {
        self.begins.len() - 1
    }

    /// The triggers that an entry anchors; none for 0.
    #[inline]
    pub fn of(&self, entry: u16) -> &[u32] {
        let at = usize::from(entry);
        let range = self.begins.get(at..).and_then(<[u32]>::first_chunk);
        range.map_or(&[], |[from, to]| {
            self.triggers.get(*from as usize..*to as usize).unwrap_or(&[])
        })
    }
}
