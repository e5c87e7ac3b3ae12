// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Depository} from "../../contracts/Depository.sol";
import {
    Batch,
    DisputeCounter,
    IDepository,
    Proof,
    ProofBody,
    Settlement,
    Transfer
} from "../../contracts/interfaces/IDepository.sol";
import {Board, Member} from "../../contracts/interfaces/IEntityProvider.sol";
import {Packed} from "../../contracts/mocks/Packed.sol";
import {Actor, DepositoryWorld} from "./support/DepositoryWorld.sol";
import {DepositoryDigests} from "./support/DepositoryDigests.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice What was signed for one place, shown at another; what is given without being asked for; debts too many.
contract DepositoryAttacks is DepositoryWorld {
    uint256 private constant DUST = 40;

    /// @dev Left has put 100 into the channel and has 1,000 in its reserve.
    function setUp() public {
        _createWorld();
        _fund(left, right, 100);
        _deposit(left, 1_000);
    }

    // ─── Replays ────────────────────────────────────────────────────────────────────────────────

    function test_aBatch_isNotReplayed_atAnotherDepository_chain_orEntity() public {
        Batch memory batch;
        bytes memory data = Packed.batch(batch);
        (uint64 nonce, uint64 until) = (1, uint64(block.timestamp));
        bytes memory signature = _signBatch(left, data, nonce, until);

        // The same board, registered: another entity, whose first batch it is as well.
        Board memory board = Board(1, new Member[](1));
        board.members[0] = Signing.seat(left.wallet, 1);
        Actor memory twin = Actor(left.key, left.wallet, provider.register(board));
        _run(twin, batch);
        _expectInvalid(twin, data, nonce, until);
        depository.processBatch(twin.id, data, nonce, until, signature);

        uint256 here = block.chainid;
        vm.chainId(here + 1);
        _expectInvalid(left, data, nonce, until);
        depository.processBatch(left.id, data, nonce, until, signature);
        vm.chainId(here);

        Depository first = depository;
        _moveToAnother();
        _expectInvalid(left, data, nonce, until);
        depository.processBatch(left.id, data, nonce, until, signature);

        first.processBatch(left.id, data, nonce, until, signature);
    }

    function test_aBatch_isRefused_whenItsSignatureIsMalleated() public {
        Batch memory batch;
        bytes memory data = Packed.batch(batch);
        uint64 until = uint64(block.timestamp);
        bytes32 digest = _digest(left, data, 1, until);
        bytes memory other = Signing.malleated(left.key, digest);
        _expectInvalid(left, data, 1, until);
        depository.processBatch(left.id, data, 1, until, other);
        depository.processBatch(left.id, data, 1, until, Signing.ecdsa(left.key, digest));
    }

    /// @dev What left signed in right's batch counts in this channel, on this chain and at this Depository alone. The
    /// stranger has a channel with left too, and shows it there.
    function _expectHereOnly(Batch memory batch) private {
        bytes4 invalid = IDepository.SignatureInvalid.selector;
        _fund(left, stranger, 100);
        _runSkipping(stranger, batch, 0, invalid);

        uint256 here = block.chainid;
        vm.chainId(here + 1);
        _runSkipping(right, batch, 0, invalid);
        vm.chainId(here);

        Depository first = depository;
        _moveToAnother();
        _runSkipping(right, batch, 0, invalid);

        depository = first;
        _runWhole(right, batch);
    }

    function test_aSettlement_isNotReplayed_atAnotherDepository_chain_orChannel() public {
        Batch memory batch;
        batch.settlements = new Settlement[](1);
        batch.settlements[0] = _settlement(right, _diff(0, 100, -100, -100));
        _expectHereOnly(batch);
        assert(_reserve(right) == 100);
    }

    function test_aProof_isNotReplayed_atAnotherDepository_chain_orChannel() public {
        Batch memory batch = _startBatch(right, _proof(1, _body(-100)));
        _expectHereOnly(batch);
    }

    /// @dev Left has channels with right and with the stranger, at the same height; the stranger signs anything.
    function test_aCounter_isNotMade_ofTheProofOfAnotherChannel() public {
        Proof memory proof = _proof(2, _body(-100));
        bytes memory foreign = _signProof(left, proof);
        bool isLeft = left.id < stranger.id;
        Actor memory victim = left;
        if (!isLeft) left = stranger;
        right = isLeft ? stranger : victim;
        _start(stranger, _proof(1, _body(0)));

        DisputeCounter memory honest = _counterOf(proof);
        DisputeCounter memory item = _counterOf(proof);
        if (isLeft) item.leftSignature = foreign;
        else item.rightSignature = foreign;
        vm.expectRevert();
        depository.counter(item);
        depository.counter(honest);
        assert(_channel().standingNonce == 4);
    }

    // ─── What comes unasked ─────────────────────────────────────────────────────────────────────

    /// @dev There are no shares of a pool: what somebody sends in changes the worth of nothing.
    function test_aDonation_changesNobodysReserve() public {
        token.mint(address(depository), 1_000_000_000);
        _deposit(right, 1);
        assert(_reserve(left) == 1_000 && _reserve(right) == 1 && _reserve(stranger) == 0);
        token.mint(address(depository), 1);
        _deposit(right, 5);
        assert(_reserve(left) == 1_000 && _reserve(right) == 6);
        assert(_held().collateral == 100);
    }

    // ─── Debts too many ─────────────────────────────────────────────────────────────────────────

    function test_dustDebts_lockNoReserve_forAnybodyCanHaveThemPaid() public {
        Actor memory hub = stranger;
        for (uint256 i; i < DUST; ++i) _oweDust(hub, _actor(1_000 + i));
        _deposit(hub, 1_000);
        Batch memory batch = _giving(960);
        // More than one exit pays.
        _runSkipping(hub, batch, 0, IDepository.DebtUnpaid.selector);

        for (uint256 i; i < 3; ++i) {
            vm.prank(address(0xbeef));
            depository.enforceDebts(hub.id, tokenId, 16);
        }
        (, , uint256 owed) = depository.debtsOf(hub.id, tokenId);
        assert(owed == 0 && _reserve(hub) == 1_000 - DUST);
        _runWhole(hub, batch);
        assert(_reserve(hub) == 0);
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _digest(
        Actor memory actor,
        bytes memory data,
        uint64 nonce,
        uint64 until
    ) private view returns (bytes32) {
        bytes32 domain = DepositoryDigests.domain(address(depository), block.chainid);
        return
            DepositoryDigests.typed(domain, DepositoryDigests.batch(actor.id, data, nonce, until));
    }

    /// @dev For its signature, and for nothing else.
    function _expectInvalid(
        Actor memory actor,
        bytes memory data,
        uint64 nonce,
        uint64 until
    ) private {
        bytes32 digest = _digest(actor, data, nonce, until);
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.BatchSignatureInvalid.selector, actor.id, digest)
        );
    }

    /// @dev The same entities and amounts at a second Depository.
    function _moveToAnother() private {
        depository = new Depository(address(provider), address(subcontract));
        token.approve(address(depository), type(uint256).max);
        _fund(left, right, 100);
        _deposit(left, 1_000);
    }

    /// @dev The hub, which has nothing, owes `peer` one unit from a channel without collateral.
    function _oweDust(Actor memory hub, Actor memory peer) private {
        left = hub.id < peer.id ? hub : peer;
        right = hub.id < peer.id ? peer : hub;
        ProofBody memory body = _body(hub.key == left.key ? int128(-1) : int128(1));
        _start(peer, _proof(1, body));
        _passDeadline();
        depository.finalise(_finaliseOf(body));
    }

    function _giving(uint256 amount) private view returns (Batch memory batch) {
        batch.transfers = new Transfer[](1);
        batch.transfers[0] = Transfer(tokenId, _actor(5).id, amount);
    }
}
