// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Batch,
    DisputeStart,
    IDepository,
    Proof,
    ProofBody,
    Settlement
} from "../../contracts/interfaces/IDepository.sol";
import {Board, Member, MemberKind} from "../../contracts/interfaces/IEntityProvider.sol";
import {Mood, MoodyMember} from "../../contracts/mocks/MoodyMember.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {DepositoryWorld} from "./support/DepositoryWorld.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice What the boards of its entities can do to the Depository, and what they cannot.
contract DepositoryBoardsTest is DepositoryWorld {
    uint256 private constant NEW_KEY = 99;

    /// @dev Left is a registered entity; it has put 100 into the channel and 1,000 into its reserve.
    function setUp() public {
        _createWorld();
        left.id = provider.register(_boardOf(left.key));
        _fund(left, right, 100);
        _deposit(left, 1_000);
    }

    // ─── An outgoing board ──────────────────────────────────────────────────────────────────────

    function test_anOutgoingBoard_thatSignsDebts_movesCollateralOnly() public {
        _rotate();
        // Signed after it was dismissed, and as large as it likes.
        ProofBody memory body = _body(-1_000_000);
        _start(right, _proof(1, body));
        _passDeadline();
        depository.finalise(_finaliseOf(body));
        (, , uint256 total) = depository.debtsOf(left.id, tokenId);
        assert(total == 0 && _reserve(left) == 1_000 && _reserve(right) == 100);
    }

    function test_anOutgoingBoard_spendsNothing_andSettlesNothing() public {
        Settlement memory item = _settlement(right, _diff(0, 100, -100, -100));
        uint256 snapshot = _reserve(right);
        _rotate();
        item.deadline = uint64(block.timestamp + 900);
        _signSettlement(right, item);
        Batch memory batch;
        batch.settlements = new Settlement[](1);
        batch.settlements[0] = item;
        _runSkipping(right, batch, 0, IDepository.SignatureInvalid.selector);
        assert(_reserve(right) == snapshot);
        Batch memory empty;
        vm.expectRevert();
        this.runFor(empty);
    }

    function test_anOutgoingBoard_isNoEvidence_afterItsGrace() public {
        _rotate();
        vm.warp(block.timestamp + 14 days);
        Batch memory batch = _startBatch(right, _proof(1, _body(-40)));
        _runSkipping(right, batch, 0, IDepository.SignatureInvalid.selector);
    }

    function test_theNewBoard_owesWhatItSigns() public {
        _rotate();
        left.key = NEW_KEY;
        ProofBody memory body = _body(-130);
        _start(right, _proof(1, body));
        _passDeadline();
        depository.finalise(_finaliseOf(body));
        assert(_reserve(right) == 130 && _reserve(left) == 970);
    }

    // ─── A contract as member ───────────────────────────────────────────────────────────────────

    function test_aContractMember_settles_andNeverProves() public {
        MoodyMember member = _rightBecomes(Mood.Yes);
        Batch memory batch = _settlementBatch(member);
        _runWhole(left, batch);
        assert(depository.reserveOf(_entityOf(member), tokenId) == 60);
    }

    function test_aContractMember_startsNoDispute_byItsSignature() public {
        MoodyMember member = _rightBecomes(Mood.Yes);
        Proof memory proof = _proof(1, _body(-40));
        Batch memory batch;
        batch.starts = new DisputeStart[](1);
        batch.starts[0].peer = _entityOf(member);
        batch.starts[0].proof = proof;
        batch.starts[0].peerSignature = _signatureOf(member);
        _runSkipping(left, batch, 0, IDepository.SignatureInvalid.selector);
    }

    /// @dev It is judged once, when it settles; what it says later changes nothing.
    function test_aContractMember_thatFlips_isSkipped_andHurtsNobodyElse() public {
        MoodyMember member = _rightBecomes(Mood.Yes);
        Batch memory batch = _settlementBatch(member);
        uint8[4] memory moods = [
            uint8(Mood.No),
            uint8(Mood.Revert),
            uint8(Mood.EatGas),
            uint8(Mood.Garbage)
        ];
        for (uint256 i; i < 4; ++i) {
            member.setMood(Mood(moods[i]));
            _runSkipping(left, batch, 0, IDepository.SignatureInvalid.selector);
        }
        member.setMood(Mood.Yes);
        _runWhole(left, batch);
        _runSkipping(left, batch, 0, IDepository.CooperativeNonceWrong.selector);
        assert(depository.reserveOf(_entityOf(member), tokenId) == 60);
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function runFor(Batch memory batch) external {
        _run(left, batch);
    }

    function _rotate() private {
        bytes32 boardHash = provider.checkBoard(_boardOf(NEW_KEY));
        vm.prank(left.wallet);
        provider.replaceBoard(left.id, boardHash, 0, "");
        vm.warp(block.timestamp + 2 days);
        provider.activateBoard(left.id);
    }

    function _boardOf(uint256 key) private pure returns (Board memory board) {
        board = Board(1, new Member[](1));
        board.members[0] = Signing.seat(vm.addr(key), 1);
    }

    /// @dev The right side of left's channel is now the entity of a contract.
    function _rightBecomes(Mood mood) private returns (MoodyMember member) {
        member = new MoodyMember(mood);
        right.id = _entityOf(member);
        _fund(left, right, 100);
    }

    function _contractBoard(MoodyMember member) private pure returns (Board memory board) {
        bytes32 id = bytes32(uint256(uint160(address(member))));
        board = Board(1, new Member[](1));
        board.members[0] = Member(MemberKind.Contract, id, 1);
    }

    function _entityOf(MoodyMember member) private pure returns (EntityId) {
        return Signing.lazyId(_contractBoard(member));
    }

    function _signatureOf(MoodyMember member) private pure returns (bytes memory) {
        return Signing.boardForm(_contractBoard(member), 1, new bytes[](1));
    }

    /// @dev Left gives 60 of its collateral to right.
    function _settlementBatch(MoodyMember member) private view returns (Batch memory batch) {
        Settlement memory item = _settlement(left, _diff(0, 60, -60, -60));
        item.peerSignature = _signatureOf(member);
        batch.settlements = new Settlement[](1);
        batch.settlements[0] = item;
    }
}
