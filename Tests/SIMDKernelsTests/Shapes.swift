// Every small shape, and some around the sizes where panels, tiles and vectors end.

/// Lines of a matrix: a product's tallest register tile has 16.
let lineCounts = Array(0...20) + [31, 33, 48]

/// Lanes of a line: a product's widest panel has 48.
let laneCounts = Array(1...50) + [63, 64, 65, 80, 95, 96, 97, 127, 128, 129]

/// Lanes of a product: no vector, panel or part of one begins or ends elsewhere.
let productLaneCounts = [
  1, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 25, 31, 32, 33, 40, 47, 48, 49, 63, 64, 65, 80, 96, 97,
  128,
  129, 192,
]

/// Terms of a product's sums, whose loop is of one step.
let depths = [0, 1, 2, 3, 4, 5, 8, 17, 100]
