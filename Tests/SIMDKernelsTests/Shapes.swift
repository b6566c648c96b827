// Every small shape, and some around the sizes where panels, tiles and vectors end.

/// Lines of a matrix: a product's tallest register tile has 16.
let lineCounts = Array(0...20) + [31, 33, 48]

/// Lanes of a line: a product's widest panel has 48.
let laneCounts = Array(1...50) + [63, 64, 65, 80, 95, 96, 97, 127, 128, 129]

/// Terms of a product's sums.
let depths = Array(0...20) + [33, 64, 100]
