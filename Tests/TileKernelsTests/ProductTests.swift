import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("A product of tiles")
struct ProductTests {
  @Test("is scale · a·bᵀ", arguments: Setting.all)
  func transposed(setting: Setting) throws {
    var random = SeededGenerator(seed: 1)
    for (rows, columns) in shapes {
      for depth in sizes {
        let scale: Float = depth % 2 == 0 ? 1 : 0.3
        let (A, B) = (random.matrix(rows, depth), random.matrix(columns, depth))
        let bench = Bench(setting)
        let a: HBMBlock<Queries, Features> = bench.input(A)
        let b: HBMBlock<Keys, Features> = bench.input(B)
        let c: HBMTensor<Queries, Keys> = bench.output(rows, columns)
        let operations = try bench.run { core in
          let C = product(core.load(a), transposed: core.load(b), scaledBy: scale)
          core.store(C, to: c.whole)
        }
        let exact = Double(scale) * (A * B.transposed)
        let bound = gamma(depth + 1) * Double(scale) * (A.magnitudes * B.magnitudes.transposed)
        #expect(excess(bench.floats(of: c), over: exact, bound: bound) == nil)
        #expect(
          operations
            == Operations(
              matmul: 2 * rows * columns * depth, other: scale == 1 ? 0 : rows * columns))
      }
    }
  }

  @Test("adds scale · a·b", arguments: Setting.all)
  func added(setting: Setting) throws {
    var random = SeededGenerator(seed: 2)
    for (rows, columns) in shapes {
      for depth in sizes {
        let scale: Float = depth % 2 == 0 ? 1 : -0.7
        let (A, B) = (random.matrix(rows, depth), random.matrix(depth, columns))
        let C = random.matrix(rows, columns)
        let bench = Bench(setting)
        let a: HBMBlock<Queries, Keys> = bench.input(A)
        let b: HBMBlock<Keys, ValueFeatures> = bench.input(B)
        let c: HBMBlock<Queries, ValueFeatures> = bench.input(C)
        let d: HBMTensor<Queries, ValueFeatures> = bench.output(rows, columns)
        let operations = try bench.run { core in
          var D = core.loadWidened(c)
          D.addProduct(core.load(a), core.load(b), scaledBy: scale)
          core.store(D, to: d.whole)
        }
        let exact = C + Double(scale) * (A * B)
        let magnitudes = Double(abs(scale)) * (A.magnitudes * B.magnitudes)
        let bound = gamma(depth + 2) * (C.magnitudes + magnitudes)
        #expect(excess(bench.floats(of: d), over: exact, bound: bound) == nil)
        #expect(
          operations
            == Operations(
              matmul: 2 * rows * columns * depth, other: scale == 1 ? 0 : rows * columns))
      }
    }
  }

  @Test("is the same each time, with a tile that it has turned before", arguments: Setting.all)
  func turned(setting: Setting) throws {
    var random = SeededGenerator(seed: 6)
    // Enough lines to turn for, and a stride that crowds the cache.
    let (rows, keys, depth) = (40, 33, 128)
    let (P, Q, K) = (
      random.matrix(rows, keys), random.matrix(rows, depth), random.matrix(keys, depth)
    )
    let bench = Bench(setting)
    let p: HBMBlock<Queries, Keys> = bench.input(P)
    let q: HBMBlock<Queries, Features> = bench.input(Q)
    let k: HBMBlock<Keys, Features> = bench.input(K)
    let sums: [HBMTensor<Queries, Features>] = (0..<3).map { _ in bench.output(rows, depth) }
    let scores: [HBMTensor<Queries, Keys>] = (0..<3).map { _ in bench.output(rows, keys) }
    _ = try bench.run { core in
      let K = core.load(k)
      multiply(core, core.load(p), core.load(q), K, to: sums[0].whole, scores[0].whole)
      multiply(core, core.load(p), core.load(q), K, to: sums[1].whole, scores[1].whole)
      multiply(core, core.load(p), core.load(q), core.load(k), to: sums[2].whole, scores[2].whole)
    }
    for number in 1...2 {
      #expect(bench.floats(of: sums[number]) == bench.floats(of: sums[0]))
      #expect(bench.floats(of: scores[number]) == bench.floats(of: scores[0]))
    }
    let bound = gamma(keys + 2) * (P.magnitudes * K.magnitudes)
    #expect(excess(bench.floats(of: sums[1]), over: P * K, bound: bound) == nil)
  }

  @Test("adds scale · a·bᵀ", arguments: Setting.all)
  func addedTransposed(setting: Setting) throws {
    var random = SeededGenerator(seed: 4)
    for (rows, columns) in shapes {
      for depth in sizes {
        let scale: Float = depth % 2 == 0 ? 1 : -0.7
        let (A, B) = (random.matrix(rows, depth), random.matrix(columns, depth))
        let C = random.matrix(rows, columns)
        let bench = Bench(setting)
        let a: HBMBlock<Queries, Features> = bench.input(A)
        let b: HBMBlock<Keys, Features> = bench.input(B)
        let c: HBMBlock<Queries, Keys> = bench.input(C)
        let d: HBMTensor<Queries, Keys> = bench.output(rows, columns)
        let operations = try bench.run { core in
          var D = core.loadWidened(c)
          D.addProduct(core.load(a), transposed: core.load(b), scaledBy: scale)
          core.store(D, to: d.whole)
        }
        let exact = C + Double(scale) * (A * B.transposed)
        let magnitudes = Double(abs(scale)) * (A.magnitudes * B.magnitudes.transposed)
        let bound = gamma(depth + 2) * (C.magnitudes + magnitudes)
        #expect(excess(bench.floats(of: d), over: exact, bound: bound) == nil)
        #expect(
          operations
            == Operations(
              matmul: 2 * rows * columns * depth, other: scale == 1 ? 0 : rows * columns))
      }
    }
  }

  @Test("adds a matrix times a vector", arguments: Setting.all)
  func vector(setting: Setting) throws {
    var random = SeededGenerator(seed: 3)
    for (rows, depth) in shapes {
      let (A, x) = (random.matrix(rows, depth), random.matrix(depth, 1))
      let bench = Bench(setting)
      let a: HBMBlock<Queries, Keys> = bench.input(A)
      let b: HBMBlock<Keys, One> = bench.input(x)
      let y: HBMTensor<Queries, One> = bench.output(rows, 1)
      let operations = try bench.run { core in
        var sum: TileVector<Queries> = core.vector(rows, repeating: 1)
        sum.addProduct(core.load(a), core.load(b))
        core.store(sum, to: y.whole)
      }
      let exact = (A * x).map { 1 + $0 }
      let bound = gamma(depth + 2) * (A.magnitudes * x.magnitudes).map { 1 + $0 }
      #expect(excess(bench.floats(of: y), over: exact, bound: bound) == nil)
      #expect(operations == Operations(matmul: 2 * rows * depth))
    }
  }

  /// What is loaded to be read may be read where it lies in HBM, and what is loaded to be changed is
  /// copied; 128 columns lie as a tile would not lie in SRAM.
  @Test("is the same to the bit of operands that are read where they lie", arguments: Setting.all)
  func views(setting: Setting) throws {
    var random = SeededGenerator(seed: 5)
    for columns in [16, 48, 128] {
      for rows in [1, 5, 40] {
        let bench = Bench(setting)
        let a: HBMBlock<Queries, Features> = bench.input(random.matrix(rows, columns))
        let b: HBMBlock<Keys, Features> = bench.input(random.matrix(64, columns))
        let p: HBMBlock<Queries, Keys> = bench.input(random.matrix(rows, 64))
        let outputs: [HBMTensor<Queries, Keys>] = (0..<2).map { _ in bench.output(rows, 64) }
        let sums: [HBMTensor<Queries, Features>] = (0..<2).map { _ in bench.output(rows, columns) }
        let dots: [HBMTensor<Queries, One>] = (0..<2).map { _ in bench.output(rows, 1) }
        let turned: [HBMTensor<Keys, Features>] = (0..<2).map { _ in bench.output(64, columns) }
        _ = try bench.run { core in
          core.store(product(core.load(a), transposed: core.load(b)), to: outputs[0].whole)
          core.store(
            product(core.loadWidened(a), transposed: core.loadWidened(b)), to: outputs[1].whole)
          var sum: Tile<Queries, Features> = core.zeros(rows, columns)
          sum.addProduct(core.load(p), core.load(b))
          sum.addElements(of: core.load(a))
          core.store(sum, to: sums[0].whole)
          sum = core.zeros(rows, columns)
          sum.addProduct(core.loadWidened(p), core.loadWidened(b))
          sum.addElements(of: core.loadWidened(a))
          core.store(sum, to: sums[1].whole)
          core.store(rowSumOfProducts(core.load(a), sum), to: dots[0].whole)
          core.store(rowSumOfProducts(core.loadWidened(a), sum), to: dots[1].whole)
          var other: Tile<Keys, Features> = core.zeros(64, columns)
          other.addProduct(transposed: core.load(p), core.load(a))
          core.store(other, to: turned[0].whole)
          other = core.zeros(64, columns)
          other.addProduct(transposed: core.loadWidened(p), core.loadWidened(a))
          core.store(other, to: turned[1].whole)
        }
        #expect(bench.floats(of: outputs[0]) == bench.floats(of: outputs[1]))
        #expect(bench.floats(of: sums[0]) == bench.floats(of: sums[1]))
        #expect(bench.floats(of: dots[0]) == bench.floats(of: dots[1]))
        #expect(bench.floats(of: turned[0]) == bench.floats(of: turned[1]))
        #expect(bench.floats(of: outputs[0]).contains { $0 != 0 })
      }
    }
  }

  /// The padding of an operand is not zero after exp, and must not be seen in a sum.
  @Test("takes no notice of what lies beside its operands", arguments: Setting.all)
  func padding(setting: Setting) throws {
    for (rows, columns) in shapes {
      let bench = Bench(setting)
      let o: HBMTensor<Queries, ValueFeatures> = bench.output(rows, 17)
      _ = try bench.run { core in
        let S: Tile<Queries, Keys> = core.zeros(rows, columns)
        let P = exp(S, minus: core.vector(rows, repeating: 0))  // 1 everywhere
        var V: Tile<Keys, ValueFeatures> = core.zeros(columns, 17)
        V = exp(V, minus: core.vector(columns, repeating: 0))
        var O: Tile<Queries, ValueFeatures> = core.zeros(rows, 17)
        O.addProduct(P, V)
        core.store(O, to: o.whole)
      }
      #expect(bench.floats(of: o).allSatisfy { $0 == Float(columns) })
    }
  }
}

/// Stores PK and QKᵀ.
private func multiply(
  _ core: borrowing Core, _ P: borrowing Tile<Queries, Keys>,
  _ Q: borrowing Tile<Queries, Features>, _ K: borrowing Tile<Keys, Features>,
  to sum: HBMBlock<Queries, Features>, _ scores: HBMBlock<Queries, Keys>
) {
  var PK: Tile<Queries, Features> = core.zeros(P.rows, K.columns)
  PK.addProduct(P, K)
  core.store(PK, to: sum)
  core.store(product(Q, transposed: K), to: scores)
}
