internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// The options that say what block sizes are for.
struct TuneProblemOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "What computes attention.")
  var algorithm = CommaList(Algorithm.standard, .flash1, .flash2)

  @Option(parsing: .unconditional, help: "Directions.")
  var pass = CommaList(Pass.forward, .backward)

  @Flag(help: "Let no query see a key after its own.")
  var causal = false

  @Option(parsing: .unconditional, help: "Probability of dropping a weight.")
  var dropout = CommaList(0.0)

  @Option(parsing: .unconditional, help: "Soft cap c of scores: s ← c·tanh(s/c). (default: none)")
  var softcap: CommaList<Float>?

  @OptionGroup var sizes: SizeOptions

  @Option(parsing: .unconditional, help: "How matrices lie in HBM.")
  var dtype = CommaList(ElementType.f32)

  @Option(
    parsing: .unconditional,
    help: """
      How O of flash1, and dQ of flash1 and flash2, lie in HBM while they are added up: as --dtype \
      says, or f32.
      """)
  var accumulator = CommaList(Accumulator.same)

  func validate() throws {
    try algorithm.check("--algorithm")
    try pass.check("--pass")
    try dropout.check("--dropout")
    try softcap?.check("--softcap")
    try dtype.check("--dtype")
    try accumulator.check("--accumulator")
    try sizes.validate(readsFile: false)
    if let probability = dropout.values.first(where: { !(0..<1).contains($0) }) {
      throw ValidationError("Please give --dropout in [0, 1), not \(probability).")
    }
    if let cap = softcap?.values.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw ValidationError("Please give --softcap a positive number, not \(cap).")
    }
  }

  /// Adds what was given to the cross product.
  func vary(_ product: inout CrossProduct) {
    product.vary("--algorithm", algorithm) { $0.algorithm = $1 }
    product.vary("--pass", pass) { $0.pass = $1 }
    if causal { product.vary("--causal", [true]) { $0.isCausal = $1 } }
    product.vary("--dropout", dropout) { $0.dropout = $1 }
    product.vary("--softcap", softcap) { $0.softcap = $1 }
    sizes.vary(&product)
    product.vary("--dtype", dtype) { $0.type = $1 }
    product.vary("--accumulator", accumulator) { $0.accumulator = $1 }
  }
}

/// The options that say what blocks are to fit.
struct TuneMachineOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "M, SRAM of a core: 100KB, 192KiB, 25600el (elements of 4 bytes) or unlimited.")
  var sram = CommaList(Capacity.kibibytes(192))

  func validate() throws { try sram.check("--sram") }

  /// Adds what was given to the cross product.
  func vary(_ product: inout CrossProduct) { product.vary("--sram", sram) { $0.sram = $1 } }
}
