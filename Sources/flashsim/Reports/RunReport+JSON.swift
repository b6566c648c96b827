internal import FlashCore
internal import HBMSim
internal import SIMDKernels

extension RunReport {
  /// The JSON that scripts read; see docs/json.md.
  var json: String {
    get throws {
      let document = RunDocument(
        context: .init(
          version: Flashsim.version, cpu: HostProcessor.name,
          simd: records.first?.plan.machine.simd.rawValue ?? "",
          threads: records.first?.plan.machine.threads ?? 0, command: CommandLine.arguments),
        runs: records.map(RunDocument.Run.init))
      return try reportJSON(document)
    }
  }
}

/// The schema `flashsim.run/1`. Names are fixed.
struct RunDocument: Encodable {
  var schema = "flashsim.run/1"
  let context: Context
  let runs: [Run]

  struct Context: Encodable {
    let version: String
    let cpu: String
    let simd: String
    let threads: Int
    let command: [String]

    /// That of a command which runs nothing: the host as it would be used.
    static var host: Context {
      Context(
        version: Flashsim.version, cpu: HostProcessor.name, simd: InstructionSet.best.rawValue,
        threads: Machine.hostCores, command: CommandLine.arguments)
    }
  }

  struct Run: Encodable {
    let algorithm: String
    let pass: String
    let mask: String
    let bias: String?
    let pattern: String
    let dropout: Double
    let softcap: Float?
    let alibi: Bool
    let mode: String
    let shape: Shape
    let dtype: String
    let accumulator: String
    let scale: Float
    let seed: UInt64
    let blocks: BlockSizes
    let splits: Int?
    let liveBlocks: Int
    let sram: SRAM
    let hbm: Moved
    let memory: Memory
    let phases: [String: Moved]
    let tensors: [String: Moved]
    let closedForm: Moved
    let standard: Moved
    let bound: Bound
    let flops: FLOPs
    let error: Deviation?
    let naive: Naive?
    let threads: Int
    let simd: String
    let seconds: Double

    enum CodingKeys: String, CodingKey {
      case algorithm, pass, mask, bias, pattern, dropout, softcap, alibi, mode, shape, dtype
      case accumulator, scale, seed, blocks, splits, sram, hbm, memory, phases, tensors
      case liveBlocks = "live_blocks"
      case closedForm = "closed_form"
      case standard, bound, flops, error, naive, threads, simd, seconds
    }
  }

  struct Shape: Encodable {
    let batch: Int
    let heads: Int
    let kvHeads: Int
    let queries: Int
    let keys: Int
    let headDim: Int
    let valueDim: Int

    enum CodingKeys: String, CodingKey {
      case batch, heads
      case kvHeads = "kv_heads"
      case queries, keys
      case headDim = "head_dim"
      case valueDim = "value_dim"
    }

    init(_ shape: AttentionShape) {
      batch = shape.batch
      heads = shape.heads
      kvHeads = shape.kvHeads
      queries = shape.queries
      keys = shape.keys
      headDim = shape.headDim
      valueDim = shape.valueDim
    }
  }

  struct BlockSizes: Encodable {
    let rows: Int
    let columns: Int
  }

  struct SRAM: Encodable {
    let capacity: Int?
    let peak: Int

    enum CodingKeys: String, CodingKey {
      case capacity = "capacity_bytes"
      case peak = "peak_bytes"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      // A null, where the synthesized method would leave the key out.
      try container.encode(capacity, forKey: .capacity)
      try container.encode(peak, forKey: .peak)
    }
  }

  struct Moved: Encodable {
    let readElements: Int
    let writtenElements: Int
    let readBytes: Int
    let writtenBytes: Int

    enum CodingKeys: String, CodingKey {
      case readElements = "read_elements"
      case writtenElements = "written_elements"
      case readBytes = "read_bytes"
      case writtenBytes = "written_bytes"
    }

    init(_ traffic: Traffic) {
      readElements = traffic.readElements
      writtenElements = traffic.writtenElements
      readBytes = traffic.readBytes
      writtenBytes = traffic.writtenBytes
    }
  }

  struct Bound: Encodable {
    let name: String
    let source: String
    let elements: Int
    let bytes: Int
    /// How many times as many elements were moved, where anything was.
    let ratio: Double?

    init(_ bound: LowerBound, ratio: Double? = nil) {
      name = bound.name
      source = bound.source
      elements = bound.elements
      bytes = bound.bytes
      self.ratio = ratio
    }
  }

  struct FLOPs: Encodable {
    let matmul: Int
    let exp: Int
    let other: Int
  }

  struct Deviation: Encodable {
    var reference = "float64"
    let maxAbs: Double
    /// The tensor that is farthest off.
    let tensor: String
    /// Rows of every head that were compared.
    let rows: Int

    enum CodingKeys: String, CodingKey {
      case reference
      case maxAbs = "max_abs"
      case tensor, rows
    }
  }

  struct Naive: Encodable {
    let maxAbs: Double
    let seconds: Double

    enum CodingKeys: String, CodingKey {
      case maxAbs = "max_abs"
      case seconds
    }
  }
}

extension RunDocument.Run {
  fileprivate init(_ record: RunRecord) {
    let ledger = record.execution.ledger
    let shape = record.plan.shape
    let operations = record.execution.operations
    algorithm = record.plan.algorithm.rawValue
    pass = record.configuration.pass.rawValue
    mask = record.configuration.maskName
    bias = record.configuration.biasFile
    pattern = record.configuration.patternName
    dropout = record.configuration.dropout
    softcap = record.configuration.softcap
    alibi = record.configuration.usesALiBi
    mode = record.plan.machine.mode.rawValue
    self.shape = RunDocument.Shape(shape)
    dtype = record.plan.precision.elementType.rawValue
    accumulator = record.plan.precision.accumulatorType.rawValue
    scale = record.plan.scale
    seed = record.configuration.seed
    blocks = RunDocument.BlockSizes(
      rows: record.plan.blocks.rows, columns: record.plan.blocks.columns)
    splits = record.plan.splits
    liveBlocks = record.plan.liveBlocks.live
    sram = RunDocument.SRAM(
      capacity: record.plan.machine.sram.byteCount, peak: record.execution.peakSRAM)
    hbm = RunDocument.Moved(ledger.total)
    memory = RunDocument.Memory(record.memory)
    phases = Dictionary(
      uniqueKeysWithValues: ledger.phases.map {
        ($0.name, RunDocument.Moved(ledger.traffic(in: $0)))
      })
    tensors = Dictionary(
      uniqueKeysWithValues: ledger.tensors.map {
        ($0, RunDocument.Moved(ledger.traffic(of: $0)))
      })
    closedForm = RunDocument.Moved(record.plan.closedForm.total)
    standard = RunDocument.Moved(record.standard)
    bound = RunDocument.Bound(record.bound, ratio: record.gap)
    flops = RunDocument.FLOPs(
      matmul: operations.matmul, exp: operations.exp, other: operations.other)
    error = record.error.map {
      RunDocument.Deviation(maxAbs: $0.maxAbs, tensor: $0.tensor, rows: $0.rows)
    }
    naive = record.naive.map { RunDocument.Naive(maxAbs: $0.maxError, seconds: $0.seconds) }
    threads = record.plan.machine.threads
    simd = record.plan.machine.simd.rawValue
    seconds = record.seconds
  }
}
