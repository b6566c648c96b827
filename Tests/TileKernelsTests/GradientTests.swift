import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("The backward pass on tiles")
struct GradientTests {
  @Test("adds transposed products", arguments: Lanes.allCases, [1, -0.37] as [Float])
  func transposedProduct(lanes: Lanes, scale: Float) throws {
    var random = SeededGenerator(seed: 5)
    for (rows, columns) in mapShapes {
      for depth in [1, 7, 16, 33] {
        // cᵀ of keys × features, as dV and dK are, with queries for depth.
        let a = random.floats(depth * rows)
        let b = random.floats(depth * columns)
        let c = random.floats(rows * columns)
        let memory = Machine().makeMemory()
        let left: HBMBlock<Queries, Keys> = memory.input("A", a, rows: depth, columns: rows)
        let right: HBMBlock<Queries, Features> = memory.input("B", b, rows: depth, columns: columns)
        let old: HBMBlock<Keys, Features> = memory.input("C", c, rows: rows, columns: columns)
        let run = try run(memory, lanes: lanes, rows: rows, columns: columns) { core, result in
          let left = core.load(left)
          let right = core.load(right)
          var tile = core.loadWidened(old)
          tile.addProduct(transposed: left, right, scaledBy: scale)
          core.store(tile, to: result)
        }
        let (A, B) = (
          Matrix(rows: depth, columns: rows, a), Matrix(rows: depth, columns: columns, b)
        )
        let C = Matrix(rows: rows, columns: columns, c)
        let exact = C + Double(scale) * (A.transposed * B)
        let sum = C.magnitudes + Double(abs(scale)) * (A.transposed.magnitudes * B.magnitudes)
        #expect(
          excess(run.floats, over: exact, bound: gamma(depth + 2) * sum) == nil,
          "\(rows) × \(depth) × \(columns)")
        #expect(
          run.execution.operations
            == Operations(
              matmul: 2 * rows * columns * depth, other: scale == 1 ? 0 : rows * columns))
      }
    }
  }

  @Test("adds up products by row", arguments: Lanes.allCases)
  func rowSums(lanes: Lanes) throws {
    var random = SeededGenerator(seed: 6)
    for (rows, columns) in mapShapes {
      let a = random.floats(rows * columns)
      let b = random.floats(rows * columns)
      let memory = Machine().makeMemory()
      let left: HBMBlock<Queries, Keys> = memory.input("A", a, rows: rows, columns: columns)
      let right: HBMBlock<Queries, Keys> = memory.input("B", b, rows: rows, columns: columns)
      let run: (floats: [Float], execution: Execution) = try run(
        memory, lanes: lanes, rows: rows, columns: 1
      ) { (core, result: HBMBlock<Queries, One>) in
        let left = core.load(left)
        let right = core.load(right)
        core.store(rowSumOfProducts(left, right), to: result)
      }
      let products = Matrix(rows: rows, columns: columns) {
        Double(a[$0 * columns + $1]) * Double(b[$0 * columns + $1])
      }
      let bound = gamma(columns) * products.magnitudes.rowSums
      #expect(excess(run.floats, over: products.rowSums, bound: bound) == nil)
      #expect(run.execution.operations == Operations(other: 2 * rows * columns))
    }
  }

  @Test("takes a softmax's gradient with two roundings", arguments: Lanes.allCases)
  func softmax(lanes: Lanes) throws {
    var random = SeededGenerator(seed: 7)
    for (rows, columns) in mapShapes {
      let p = random.floats(rows * columns)
      let g = random.floats(rows * columns)
      let d = random.floats(rows)
      let memory = Machine().makeMemory()
      let P: HBMBlock<Queries, Keys> = memory.input("P", p, rows: rows, columns: columns)
      let G: HBMBlock<Queries, Keys> = memory.input("G", g, rows: rows, columns: columns)
      let D: HBMBlock<Queries, One> = memory.input("D", d, rows: rows, columns: 1)

      let gradient = try run(memory, lanes: lanes, rows: rows, columns: columns) { core, result in
        let p = core.load(P)
        let g = core.loadWidened(G)
        let d = core.load(D)
        core.store(softmaxGradient(p, g, minus: d), to: result)
      }
      #expect(gradient.floats == g.indices.map { p[$0] * (g[$0] - d[$0 / columns]) })
      #expect(gradient.execution.operations == Operations(other: 2 * rows * columns))
      #expect(gradient.execution.peakSRAM == 4 * (2 * rows * columns + rows))
    }
  }
}
