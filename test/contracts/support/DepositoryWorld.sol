// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Depository} from "../../../contracts/Depository.sol";
import {EntityProvider} from "../../../contracts/EntityProvider.sol";
import {SubcontractProvider} from "../../../contracts/SubcontractProvider.sol";
import {
    Batch,
    ChannelState,
    Collateral,
    DisputeCounter,
    DisputeFinalise,
    DisputeStart,
    Funding,
    IDepository,
    Proof,
    ProofBody,
    Settlement,
    TokenDiff,
    TopUp
} from "../../../contracts/interfaces/IDepository.sol";
import {Packed} from "../../../contracts/mocks/Packed.sol";
import {TestToken} from "../../../contracts/mocks/TestToken.sol";
import {EntityId, TokenId} from "../../../contracts/types/Ids.sol";
import {DepositoryDigests} from "./DepositoryDigests.sol";
import {Log, Logs} from "./Logs.sol";
import {Signing} from "./Signing.sol";
import {vm} from "./Vm.sol";

/// @notice Somebody with one key, and the lazy entity whose board is that key.
struct Actor {
    uint256 key;
    address wallet;
    EntityId id;
}

/// @title DepositoryWorld
/// @notice The three contracts, a token, two entities with a channel and a third, and what it takes to act
/// for them. A test contract inherits it and calls {_createWorld} in `setUp`.
abstract contract DepositoryWorld {
    /// @notice Another number of items was skipped.
    error SkippedCount(uint256 count, uint256 expected);
    /// @notice Another item was skipped, or for another reason.
    error SkippedOtherwise(uint256 index, bytes4 reason);

    uint32 internal constant DAY = 86_400;

    EntityProvider internal provider;
    SubcontractProvider internal subcontract;
    Depository internal depository;
    TestToken internal token;
    TokenId internal tokenId;

    Actor internal left;
    Actor internal right;
    Actor internal stranger;

    function _createWorld() internal {
        vm.warp(1_800_000_000);
        provider = new EntityProvider();
        subcontract = new SubcontractProvider();
        depository = new Depository(address(provider), address(subcontract));
        (token, tokenId) = _newToken();

        (Actor memory a, Actor memory b) = (_actor(11), _actor(12));
        (left, right) = a.id < b.id ? (a, b) : (b, a);
        stranger = _actor(13);
    }

    function _actor(uint256 key) internal view returns (Actor memory) {
        address wallet = vm.addr(key);
        return Actor({key: key, wallet: wallet, id: provider.soleEntity(wallet)});
    }

    // ─── Tokens and reserves ────────────────────────────────────────────────────────────────────

    function _newToken() internal returns (TestToken made, TokenId id) {
        made = new TestToken("Test", "TEST");
        made.approve(address(depository), type(uint256).max);
        id = _erc20(address(made));
    }

    function _erc20(address deployed) internal pure returns (TokenId) {
        return TokenId.wrap(bytes32((uint256(1) << 248) | uint160(deployed)));
    }

    /// @notice Mints and deposits `amount` of the world's token for `actor`.
    function _deposit(Actor memory actor, uint256 amount) internal {
        token.mint(address(this), amount);
        depository.deposit(actor.id, tokenId, amount);
    }

    /// @notice Deposits for `actor`, and moves it into its channel with `peer` as its share.
    function _fund(Actor memory actor, Actor memory peer, uint128 amount) internal {
        _deposit(actor, amount);
        Batch memory batch;
        batch.fundings = new Funding[](1);
        batch.fundings[0] = _funding(actor, peer, amount);
        _runWhole(actor, batch);
    }

    function _funding(
        Actor memory receiver,
        Actor memory peer,
        uint128 amount
    ) internal view returns (Funding memory funding) {
        funding = Funding({token: tokenId, receiver: receiver.id, topUps: new TopUp[](1)});
        funding.topUps[0] = TopUp({peer: peer.id, amount: amount});
    }

    function _reserve(Actor memory actor) internal view returns (uint256) {
        return depository.reserveOf(actor.id, tokenId);
    }

    function _held() internal view returns (Collateral memory) {
        return depository.collateralOf(left.id, right.id, tokenId);
    }

    function _channel() internal view returns (ChannelState memory) {
        return depository.channelOf(left.id, right.id);
    }

    // ─── Batches ────────────────────────────────────────────────────────────────────────────────

    /// @notice Executes `batch`, signed by `actor` with its next nonce.
    function _run(Actor memory actor, Batch memory batch) internal {
        bytes memory data = Packed.batch(batch);
        uint64 nonce = depository.batchNonce(actor.id);
        uint64 validUntil = uint64(block.timestamp);
        bytes memory signature = _signBatch(actor, data, nonce, validUntil);
        depository.processBatch(actor.id, data, nonce, validUntil, signature);
    }

    /// @notice Executes `batch` and expects that exactly the item `index` is skipped, for `reason`.
    function _runSkipping(
        Actor memory actor,
        Batch memory batch,
        uint256 index,
        bytes4 reason
    ) internal {
        Logs.start();
        _run(actor, batch);
        Log[] memory skipped = Logs.take(IDepository.BatchItemSkipped.selector);
        require(skipped.length == 1, SkippedCount(skipped.length, 1));
        (, uint256 skippedIndex, bytes4 skippedReason) = abi.decode(
            skipped[0].data,
            (uint64, uint256, bytes4)
        );
        require(
            skippedIndex == index && skippedReason == reason,
            SkippedOtherwise(skippedIndex, skippedReason)
        );
    }

    /// @notice Executes `batch` and expects that no item is skipped.
    function _runWhole(Actor memory actor, Batch memory batch) internal {
        Logs.start();
        _run(actor, batch);
        uint256 skipped = Logs.take(IDepository.BatchItemSkipped.selector).length;
        require(skipped == 0, SkippedCount(skipped, 0));
    }

    /// @notice Sends `batch` and expects that it reverts with `expected`.
    function _runReverting(Actor memory actor, Batch memory batch, bytes memory expected) internal {
        bytes memory data = Packed.batch(batch);
        uint64 nonce = depository.batchNonce(actor.id);
        uint64 validUntil = uint64(block.timestamp);
        bytes memory signature = _signBatch(actor, data, nonce, validUntil);
        vm.expectRevert(expected);
        depository.processBatch(actor.id, data, nonce, validUntil, signature);
    }

    function _signBatch(
        Actor memory actor,
        bytes memory data,
        uint64 nonce,
        uint64 validUntil
    ) internal view returns (bytes memory) {
        bytes32 structHash = DepositoryDigests.batch(actor.id, data, nonce, validUntil);
        return _sign(actor, structHash);
    }

    /// @notice The signature of `actor` over a struct under the Depository's domain.
    function _sign(Actor memory actor, bytes32 structHash) internal view returns (bytes memory) {
        bytes32 domain = DepositoryDigests.domain(address(depository), block.chainid);
        return Signing.ecdsa(actor.key, DepositoryDigests.typed(domain, structHash));
    }

    // ─── Settlements of the channel between left and right ──────────────────────────────────────

    /// @notice A settlement that `actor` can put into its batch: signed by the other side.
    function _settlement(
        Actor memory actor,
        TokenDiff[] memory diffs
    ) internal view returns (Settlement memory item) {
        uint64 nonce = _channel().cooperativeNonce;
        item.peer = _peerOf(actor).id;
        item.cooperativeNonce = nonce;
        item.newNonce = nonce + 1;
        item.deadline = uint64(block.timestamp + 900);
        item.diffs = diffs;
        _signSettlement(actor, item);
    }

    function _signSettlement(Actor memory actor, Settlement memory item) internal view {
        bytes32 key = _key();
        item.peerSignature = _sign(_peerOf(actor), DepositoryDigests.settlement(key, item));
    }

    function _diff(
        int256 leftDiff,
        int256 rightDiff,
        int256 collateralDiff,
        int256 ondeltaDiff
    ) internal view returns (TokenDiff[] memory diffs) {
        diffs = new TokenDiff[](1);
        diffs[0] = TokenDiff(tokenId, leftDiff, rightDiff, collateralDiff, ondeltaDiff);
    }

    function _settle(Actor memory actor, Settlement memory item) internal {
        Batch memory batch;
        batch.settlements = new Settlement[](1);
        batch.settlements[0] = item;
        _runWhole(actor, batch);
    }

    // ─── Proofs of the channel between left and right ───────────────────────────────────────────

    /// @notice A body with the world's token alone, and no clause.
    function _body(int128 offdelta) internal view returns (ProofBody memory body) {
        body.tokenIds = new TokenId[](1);
        body.tokenIds[0] = tokenId;
        body.offdeltas = new int128[](1);
        body.offdeltas[0] = offdelta;
    }

    /// @notice A proof of `height` in term 0, proposed by right, with a window of a day.
    function _proof(uint48 height, ProofBody memory body) internal pure returns (Proof memory) {
        return
            Proof({
                disputeNonce: uint96(height) * 2,
                disputeWindow: DAY,
                proofBodyHash: keccak256(abi.encode(body)),
                blockHash: keccak256(abi.encode("block", height))
            });
    }

    function _signProof(
        Actor memory actor,
        Proof memory proof
    ) internal view returns (bytes memory) {
        return _sign(actor, DepositoryDigests.proof(_key(), _channel().cooperativeNonce, proof));
    }

    /// @notice The start that `actor` can make with `proof`; with nonce 0 it shows nothing.
    function _startOf(
        Actor memory actor,
        Proof memory proof
    ) internal view returns (DisputeStart memory item) {
        Actor memory peer = _peerOf(actor);
        item.peer = peer.id;
        item.cooperativeNonce = _channel().cooperativeNonce;
        item.proof = proof;
        if (proof.disputeNonce != 0) item.peerSignature = _signProof(peer, proof);
    }

    function _startBatch(
        Actor memory actor,
        Proof memory proof
    ) internal view returns (Batch memory batch) {
        batch.starts = new DisputeStart[](1);
        batch.starts[0] = _startOf(actor, proof);
    }

    function _start(Actor memory actor, Proof memory proof) internal {
        _runWhole(actor, _startBatch(actor, proof));
    }

    function _counterOf(Proof memory proof) internal view returns (DisputeCounter memory item) {
        item.left = left.id;
        item.right = right.id;
        item.cooperativeNonce = _channel().cooperativeNonce;
        item.proof = proof;
        item.leftSignature = _signProof(left, proof);
        item.rightSignature = _signProof(right, proof);
    }

    /// @notice Counters by a batch of `actor`; by a direct call: `depository.counter(_counterOf(proof))`.
    function _counter(Actor memory actor, Proof memory proof) internal {
        Batch memory batch;
        batch.counters = new DisputeCounter[](1);
        batch.counters[0] = _counterOf(proof);
        _runWhole(actor, batch);
    }

    function _finaliseOf(
        ProofBody memory body
    ) internal view returns (DisputeFinalise memory item) {
        item.left = left.id;
        item.right = right.id;
        item.body = body;
    }

    /// @notice Finalises by a batch of `actor`; by a direct call: `depository.finalise(_finaliseOf(body))`.
    function _finalise(Actor memory actor, ProofBody memory body) internal {
        Batch memory batch;
        batch.finalises = new DisputeFinalise[](1);
        batch.finalises[0] = _finaliseOf(body);
        _runWhole(actor, batch);
    }

    function _passDeadline() internal {
        vm.warp(_channel().deadline);
    }

    function _key() internal view returns (bytes32) {
        return keccak256(abi.encode(left.id, right.id));
    }

    function _peerOf(Actor memory actor) internal view returns (Actor memory) {
        return actor.key == left.key ? right : left;
    }
}
