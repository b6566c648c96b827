// The backward pass of standard attention as frameworks run it: a kernel the derivative of each operation,
// in the opposite order. Matrices bear the paper's names, and K′ is τK. A bias and the distances of ALiBi
// are added, and need no kernel where their own gradients are not asked for.

internal import HBMSim
internal import TileKernels

extension Phase {
  /// dP ∘ Z/(1 − p).
  static let dropoutBackward = Phase("dropout_backward")
  /// dS with 0 where a query does not see a key.
  static let maskBackward = Phase("mask_backward")
  /// dS ∘ (1 − (S/c)²).
  static let softcapBackward = Phase("softcap_backward")
  /// dK = τ·dK′.
  static let scaleBackward = Phase("scale_backward")
}

extension StandardEager {
  // In the forward pass this was O = PV.

  /// dV = PᵀdO, of all heads that share V; of the weights behind dropout.
  static func valueGradient(
    _ core: borrowing Core, heads: Range<Int>, _ P: HeadGrid<Queries, Keys>,
    _ dO: HeadBlocks<Queries, ValueFeatures>, _ dV: HBMRowBlocks<Keys, ValueFeatures>
  ) {
    var dVs = Tiles<Keys, ValueFeatures>(count: dV.indices.count) {
      core.zeros(dV[$0].rows, dV[$0].columns)
    }
    for h in heads {
      for i in dO[h].indices {
        let dOi = core.load(dO[h][i])
        for j in dVs.indices {
          let Pij = core.load(P[h][i, j])
          dVs[j].addProduct(transposed: Pij, dOi)
        }
      }
    }
    for j in dVs.indices { core.store(dVs[j], to: dV[j]) }
  }

  /// dP = dOVᵀ, of all heads that share V, which is loaded once.
  static func probabilityGradient(
    _ core: borrowing Core, heads: Range<Int>, _ dO: HeadBlocks<Queries, ValueFeatures>,
    _ V: HBMRowBlocks<Keys, ValueFeatures>, _ dP: HeadGrid<Queries, Keys>
  ) {
    let Vs = Tiles(count: V.indices.count) { core.load(V[$0]) }
    for h in heads {
      for i in dO[h].indices {
        let dOi = core.load(dO[h][i])
        for j in Vs.indices { core.store(product(dOi, transposed: Vs[j]), to: dP[h][i, j]) }
      }
    }
  }

  // In the forward pass this was Pᵢⱼ ← Pᵢⱼ ∘ Zᵢⱼ/(1 − p).

  /// dPᵢⱼ ← dPᵢⱼ ∘ Zᵢⱼ/(1 − p).
  static func dropOutBackward(
    _ core: borrowing Core, _ dP: HBMBlock<Queries, Keys>, _ Z: HBMBlock<Queries, Keys>,
    _ dropout: Dropout
  ) {
    var dPij = core.loadWidened(dP)
    dPij.scaleElements(by: dropout.scale, where: core.load(Z))
    core.store(dPij, to: dP)
  }

  // In the forward pass this was P = softmax(S).

  /// dSᵢⱼ = Pᵢⱼ(dPᵢⱼ − Σₗ Pᵢₗ dPᵢₗ), whole rows at a time; of the weights before dropout.
  static func scoreGradient(
    _ core: borrowing Core, _ P: HBMBlock<Queries, Keys>, _ dP: HBMBlock<Queries, Keys>,
    _ dS: HBMBlock<Queries, Keys>
  ) {
    let Pi = core.load(P)
    let dPi = core.loadWidened(dP)
    let Di = rowSumOfProducts(Pi, dPi)
    core.store(softmaxGradient(Pi, dPi, minus: Di), to: dS)
  }

  // In the forward pass this was Sᵢⱼ ← −∞ where maskᵢⱼ is false.

  /// dSᵢⱼ ← 0 where maskᵢⱼ is false, of all heads that share the mask, whose block is loaded once.
  static func ruleOutBackward(
    _ core: borrowing Core, heads: [Int], _ mask: HBMBlock<Queries, Keys>,
    _ dS: HeadGrid<Queries, Keys>, row i: Int, column j: Int
  ) {
    let maskij = core.load(mask)
    for h in heads {
      var dSij = core.loadWidened(dS[h][i, j])
      dSij.scaleElements(by: 1, where: maskij)
      core.store(dSij, to: dS[h][i, j])
    }
  }

  // In the forward pass this was Sᵢⱼ ← c·tanh(Sᵢⱼ/c).

  /// dSᵢⱼ ← dSᵢⱼ ∘ (1 − (Sᵢⱼ/c)²), with the capped scores.
  static func softcapBackward(
    _ core: borrowing Core, _ dS: HBMBlock<Queries, Keys>, _ capped: HBMBlock<Queries, Keys>,
    at cap: Float
  ) {
    var dSij = core.loadWidened(dS)
    dSij.scaleBySoftcapDerivative(of: core.load(capped), at: cap)
    core.store(dSij, to: dS)
  }

  // In the forward pass this was S = QK′ᵀ.

  /// dQ = dSK′, of all heads that share K′, which is loaded once.
  static func queryGradient(
    _ core: borrowing Core, heads: Range<Int>, _ dS: HeadGrid<Queries, Keys>,
    _ scaledK: HBMRowBlocks<Keys, Features>, _ dQ: HeadBlocks<Queries, Features>
  ) {
    let K = Tiles(count: scaledK.indices.count) { core.load(scaledK[$0]) }
    for h in heads {
      for i in dQ[h].indices {
        var dQi: Tile<Queries, Features> = core.zeros(dQ[h][i].rows, dQ[h][i].columns)
        for j in K.indices {
          let dSij = core.load(dS[h][i, j])
          dQi.addProduct(dSij, K[j])
        }
        core.store(dQi, to: dQ[h][i])
      }
    }
  }

  /// dK′ = dSᵀQ, of all heads that share K′.
  static func keyGradient(
    _ core: borrowing Core, heads: Range<Int>, _ dS: HeadGrid<Queries, Keys>,
    _ Q: HeadBlocks<Queries, Features>, _ dK: HBMRowBlocks<Keys, Features>
  ) {
    var dKs = Tiles<Keys, Features>(count: dK.indices.count) {
      core.zeros(dK[$0].rows, dK[$0].columns)
    }
    for h in heads {
      for i in Q[h].indices {
        let Qi = core.load(Q[h][i])
        for j in dKs.indices {
          let dSij = core.load(dS[h][i, j])
          dKs[j].addProduct(transposed: dSij, Qi)
        }
      }
    }
    for j in dKs.indices { core.store(dKs[j], to: dK[j]) }
  }
}
