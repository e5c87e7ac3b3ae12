// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Batch,
    DisputeCounter,
    DisputeFinalise,
    DisputeStart,
    Proof,
    ProofBody,
    Settlement,
    TokenDiff,
    Transfer
} from "../../../contracts/interfaces/IDepository.sol";
import {EntityId, TokenId} from "../../../contracts/types/Ids.sol";
import {DepositoryDigests} from "./DepositoryDigests.sol";
import {DepositoryLaws} from "./DepositoryLaws.sol";
import {Member, Sides} from "./InvariantWorld.sol";
import {Logs} from "./Logs.sol";
import {vm} from "./Vm.sol";
import {Law} from "./Watcher.sol";

/// @title FaultWorld
/// @notice A Depository with a watcher, steps that the watcher sees, and a hand in the Depository's storage.
abstract contract FaultWorld is DepositoryLaws {
    uint32 internal constant _DAY = 86_400;

    Member internal _a;
    Member internal _b;
    Member internal _c;
    TokenId internal _token;

    /// @dev `_a` has 20, `_b` has 10; between them is collateral of 12, all of it `_a`'s.
    function _createFaultWorld() internal {
        _a = members[0];
        _b = members[1];
        _c = members[2];
        _token = tokens[1];
        _deposit(_a, 32);
        _deposit(_b, 10);
        Batch memory batch;
        batch.settlements = new Settlement[](1);
        batch.settlements[0] = _settlement(0, 1, -12, 12, 12);
        _run(_a, batch);
        require(
            depository.collateralOf(_a.id, _b.id, _token).collateral == 12,
            "not collateralised"
        );
        _allHold();
    }

    // ─── Steps, all of them seen by the watcher ─────────────────────────────────────────────────

    function _deposit(Member memory entity, uint256 amount) internal {
        _provide(_token, amount);
        Logs.start();
        depository.deposit(entity.id, _token, amount);
        _see();
    }

    function _transfer(Member memory from, Member memory to, uint256 amount) internal {
        Batch memory batch;
        batch.transfers = new Transfer[](1);
        batch.transfers[0] = Transfer(_token, to.id, amount);
        _run(from, batch);
    }

    function _enforce(Member memory debtor, uint256 max) internal {
        Logs.start();
        depository.enforceDebts(debtor.id, _token, max);
        _see();
    }

    /// @dev Signed by `_b`, for `_a`'s batch.
    function _settlement(
        uint64 era,
        uint64 next,
        int256 leftDiff,
        int256 collateral,
        int256 ondelta
    ) internal view returns (Settlement memory item) {
        item.peer = _b.id;
        item.cooperativeNonce = era;
        item.newNonce = next;
        item.deadline = uint64(block.timestamp);
        item.diffs = new TokenDiff[](1);
        item.diffs[0] = TokenDiff(_token, leftDiff, -leftDiff - collateral, collateral, ondelta);
        bytes32 key = keccak256(abi.encode(_a.id, _b.id));
        item.peerSignature = _sign(_b, DepositoryDigests.settlement(key, item), false);
    }

    function _body(int128 offdelta) internal returns (ProofBody memory body) {
        body.tokenIds = new TokenId[](1);
        body.tokenIds[0] = _token;
        body.offdeltas = new int128[](1);
        body.offdeltas[0] = offdelta;
        _remember(body);
    }

    function _proof(uint48 height, ProofBody memory body) internal pure returns (Proof memory) {
        return Proof(uint96(height) * 2, _DAY, keccak256(abi.encode(body)), "block");
    }

    /// @dev By `_a` against `_b`.
    function _start(Proof memory proof) internal {
        _startBetween(Sides(_a, _b), _a, _b, proof);
    }

    function _startBetween(
        Sides memory sides,
        Member memory by,
        Member memory peer,
        Proof memory proof
    ) internal {
        Batch memory batch;
        uint64 era = depository.channelOf(sides.left.id, sides.right.id).cooperativeNonce;
        batch.starts = new DisputeStart[](1);
        batch.starts[0] = DisputeStart(
            peer.id,
            era,
            proof,
            _signProof(peer, sides, era, proof, false)
        );
        _run(by, batch);
    }

    function _counter(Proof memory proof) internal {
        Logs.start();
        depository.counter(_counterOf(proof, false));
        _see();
    }

    function _counterOf(
        Proof memory proof,
        bool forged
    ) internal view returns (DisputeCounter memory) {
        Sides memory sides = Sides(_a, _b);
        uint64 era = depository.channelOf(_a.id, _b.id).cooperativeNonce;
        bytes memory left = _signProof(_a, sides, era, proof, forged);
        bytes memory right = _signProof(_b, sides, era, proof, false);
        return DisputeCounter(_a.id, _b.id, era, proof, left, right);
    }

    function _finalise() internal {
        Logs.start();
        depository.finalise(_finaliseOf(Sides(_a, _b)));
        _see();
    }

    /// @dev A start of `_a`, which `_b` did not sign.
    function _postForged() internal {
        Batch memory batch;
        Proof memory proof = _proof(1, _body(-4));
        batch.starts = new DisputeStart[](1);
        batch.starts[0] = DisputeStart(
            _b.id,
            1,
            proof,
            _signProof(_b, Sides(_a, _b), 1, proof, true)
        );
        _run(_a, batch);
    }

    /// @dev In the empty channel between `debtor` and `creditor`.
    function _indebt(Member memory debtor, Member memory creditor, int128 amount) internal {
        bool leftOwes = debtor.id < creditor.id;
        Sides memory sides = leftOwes ? Sides(debtor, creditor) : Sides(creditor, debtor);
        _startBetween(sides, creditor, debtor, _proof(1, _body(leftOwes ? -amount : amount)));
        Batch memory batch;
        batch.finalises = new DisputeFinalise[](1);
        batch.finalises[0] = _finaliseOf(sides);
        _run(debtor, batch);
        (, , uint256 total) = depository.debtsOf(debtor.id, _token);
        require(total >= uint128(amount), "no debt was made");
    }

    // ─── Checks ─────────────────────────────────────────────────────────────────────────────────

    function _reports(string memory breach, string memory expected) internal pure {
        require(keccak256(bytes(breach)) == keccak256(bytes(expected)), breach);
    }

    function _allHold() internal {
        _reports(conservation(), "");
        _reports(eventsTellAll(), "");
        _reports(disputesEnd(), "");
        for (uint256 i; i <= uint256(type(Law).max); ++i) _reports(watcher.breachOf(Law(i)), "");
        require(blockedCount == 0 && forgedCount == 0 && replayedCount == 0, "something is wrong");
    }

    /// @dev Changes a word, expects the report, and changes it back.
    function _silently(bytes32 slot, uint256 bit, string memory expected) internal {
        _store(slot, _load(slot) ^ bit);
        _reports(eventsTellAll(), expected);
        _store(slot, _load(slot) ^ bit);
    }

    // ─── The Depository's storage, see {Ledger} ─────────────────────────────────────────────────

    function _store(bytes32 slot, uint256 value) internal {
        vm.store(address(depository), slot, bytes32(value));
    }

    function _load(bytes32 slot) internal view returns (uint256) {
        return uint256(vm.load(address(depository), slot));
    }

    function _setDeadline(uint256 deadline) internal {
        uint256 cleared = _load(_channelSlot()) & ~(uint256(type(uint40).max) << 208);
        _store(_channelSlot(), cleared | (deadline << 208));
    }

    function _reserveSlot(EntityId entity) internal view returns (bytes32) {
        return keccak256(abi.encode(_token, keccak256(abi.encode(entity, 0))));
    }

    function _queueSlot(EntityId debtor) internal view returns (bytes32) {
        return keccak256(abi.encode(_token, keccak256(abi.encode(debtor, 1))));
    }

    function _debtSlot(EntityId debtor, uint256 index) internal view returns (bytes32) {
        return keccak256(abi.encode(index, uint256(_queueSlot(debtor)) + 2));
    }

    function _collateralSlot() internal view returns (bytes32) {
        bytes32 key = keccak256(abi.encode(_a.id, _b.id));
        return keccak256(abi.encode(_token, keccak256(abi.encode(key, 2))));
    }

    function _channelSlot() internal view returns (bytes32) {
        return keccak256(abi.encode(keccak256(abi.encode(_a.id, _b.id)), 3));
    }

    function _batchNonceSlot(EntityId entity) internal pure returns (bytes32) {
        return keccak256(abi.encode(entity, 5));
    }
}
