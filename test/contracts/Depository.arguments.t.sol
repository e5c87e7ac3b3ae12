// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Batch,
    Clause,
    DisputeArguments,
    DisputeFinalise,
    Funding,
    IDepository,
    ProofBody,
    TopUp
} from "../../contracts/interfaces/IDepository.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {TokenId} from "../../contracts/types/Ids.sol";
import {Bodies} from "./support/Bodies.sol";
import {Actor, DepositoryWorld} from "./support/DepositoryWorld.sol";
import {vm} from "./support/Vm.sol";

/// @notice A channel in which left has put 100 of one token, and right 100 of another; `_low` and `_high`
/// are the two in their order.
contract DepositoryArgumentsTest is DepositoryWorld {
    using Bodies for ProofBody;

    bytes private constant _ALL = hex"ffffffff";
    bytes private constant _HALF = hex"80000000";

    TokenId private _low;
    TokenId private _high;

    function setUp() public {
        _createWorld();
        (TestToken other, TokenId otherId) = _newToken();
        (_low, _high) = tokenId < otherId ? (tokenId, otherId) : (otherId, tokenId);
        token.mint(address(this), 100);
        other.mint(address(this), 100);
        _fundWith(left, _low);
        _fundWith(right, _high);
    }

    // ─── Arguments ──────────────────────────────────────────────────────────────────────────────

    /// @dev The owner is right: left fills, and may do so with its start.
    function test_arguments_fillASwap_withTheStart() public {
        ProofBody memory body = _withSwap(false);
        Batch memory batch = _startBatch(left, _proof(1, body));
        batch.arguments = _arguments(right, _hash(body), _ALL);
        _runWhole(left, batch);
        DisputeFinalise memory item = _finaliseOf(body);
        item.leftArguments = _ALL;
        _runWhole(right, _batchOf(item));
        // Right, the owner, receives 30 of the lower token and pays 30 of the higher.
        assert(_reserveOf(left, _low) == 70 && _reserveOf(right, _low) == 30);
        assert(_reserveOf(left, _high) == 30 && _reserveOf(right, _high) == 70);
    }

    /// @dev The owner gives the ratio that suits it as its own arguments: nobody fills his own offer.
    function test_arguments_ofTheOwner_fillNothing() public {
        ProofBody memory body = _withSwap(false);
        Batch memory batch = _startBatch(right, _proof(1, body));
        batch.arguments = _arguments(left, _hash(body), _ALL);
        _runWhole(right, batch);
        _passDeadline();
        DisputeFinalise memory item = _finaliseOf(body);
        item.rightArguments = _ALL;
        depository.finalise(item);
        assert(_reserveOf(left, _low) == 100 && _reserveOf(right, _low) == 0);
        assert(_reserveOf(left, _high) == 0 && _reserveOf(right, _high) == 100);
    }

    function test_arguments_fillASwap_withTheFinalise() public {
        ProofBody memory body = _withSwap(true);
        _start(left, _proof(1, body));
        DisputeFinalise memory item = _finaliseOf(body);
        item.rightArguments = _HALF;
        Batch memory batch = _batchOf(item);
        batch.arguments = _arguments(left, _hash(body), _HALF);
        _runWhole(right, batch);
        // Left, the owner, has all of the lower token and receives 16 (rounded up) more, which right
        // owes; it pays 15 (rounded down) of the higher token, of which it has none, so it owes them.
        assert(_reserveOf(left, _low) == 100 && _reserveOf(right, _high) == 100);
        (, , uint256 owedByRight) = depository.debtsOf(right.id, _low);
        (, , uint256 owedByLeft) = depository.debtsOf(left.id, _high);
        assert(owedByRight == 16 && owedByLeft == 15);
    }

    function test_arguments_areForOneBody_standingOrNotYet() public {
        ProofBody memory old = _withSwap(false);
        ProofBody memory next = _withSwap(false);
        next.offdeltas[0] = -1;
        _start(right, _proof(1, old));
        _runWhole(left, _argumentsBatch(right, _hash(next), _ALL));
        _runWhole(left, _argumentsBatch(right, _hash(old), _HALF));
        vm.warp(block.timestamp + 5);
        depository.counter(_counterOf(_proof(2, next)));

        DisputeFinalise memory item = _finaliseOf(next);
        _passDeadline();
        item.leftArguments = _HALF;
        vm.expectRevert(abi.encodeWithSelector(IDepository.ArgumentsWrong.selector, true));
        depository.finalise(item);
        item.leftArguments = "";
        vm.expectRevert(abi.encodeWithSelector(IDepository.ArgumentsWrong.selector, true));
        depository.finalise(item);
        item.leftArguments = _ALL;
        depository.finalise(item);
        assert(_reserveOf(right, _low) == 31);
    }

    function test_arguments_keepTheirTime() public {
        ProofBody memory body = _withSwap(false);
        _start(right, _proof(1, body));
        vm.warp(_fillBy() + 1);
        _runWhole(left, _argumentsBatch(right, _hash(body), _ALL));
        DisputeFinalise memory item = _finaliseOf(body);
        item.leftArguments = _ALL;
        _passDeadline();
        depository.finalise(item);
        assert(_reserveOf(right, _low) == 0);
    }

    /// @dev In a batch it is an item like others: whatever side's arguments are other ones, it is skipped.
    function test_finalise_isSkipped_whenItsArgumentsAreOthers() public {
        ProofBody memory body = _withSwap(false);
        _start(left, _proof(1, body));
        _passDeadline();
        DisputeFinalise memory item = _finaliseOf(body);
        item.leftArguments = _ALL;
        _runSkipping(right, _batchOf(item), 0, IDepository.ArgumentsWrong.selector);
        (item.leftArguments, item.rightArguments) = (bytes(""), _ALL);
        _runSkipping(right, _batchOf(item), 0, IDepository.ArgumentsWrong.selector);
        item.rightArguments = "";
        _runWhole(right, _batchOf(item));
    }

    function test_arguments_canBeEmpty_andEndThePending() public {
        ProofBody memory body = _withSwap(false);
        _start(right, _proof(1, body));
        _runSkipping(left, _batchOf(_finaliseOf(body)), 0, IDepository.ClausePending.selector);
        _runWhole(left, _argumentsBatch(right, _hash(body), ""));
        _runWhole(left, _batchOf(_finaliseOf(body)));
        assert(_reserveOf(right, _low) == 0);
    }

    function test_arguments_areGivenOncePerSideAndBody() public {
        bytes32 body = _hash(_withSwap(false));
        _start(right, _proof(1, _withSwap(false)));
        _runWhole(left, _argumentsBatch(right, body, _HALF));
        bytes4 reason = IDepository.ArgumentsCommittedBefore.selector;
        _runSkipping(left, _argumentsBatch(right, body, _ALL), 0, reason);
        _runWhole(right, _argumentsBatch(left, body, _ALL));
    }

    function test_arguments_areRefused_whenTheyComeTooLateOrAreTooLong() public {
        bytes32 body = _hash(_withSwap(false));
        _runSkipping(left, _argumentsBatch(right, body, _ALL), 0, IDepository.NoDispute.selector);
        _start(right, _proof(1, _withSwap(false)));
        uint256 most = depository.limits().argumentsMax;
        _runSkipping(
            left,
            _argumentsBatch(right, body, new bytes(most + 1)),
            0,
            IDepository.ArgumentsTooLarge.selector
        );
        _runWhole(left, _argumentsBatch(right, body, new bytes(most)));
        _passDeadline();
        _runSkipping(
            right,
            _argumentsBatch(left, body, _ALL),
            0,
            IDepository.DisputeClosed.selector
        );
    }

    function test_arguments_areRefused_withoutABody() public {
        _start(right, _proof(1, _withSwap(false)));
        _runSkipping(left, _argumentsBatch(right, 0, _ALL), 0, IDepository.ArgumentsWrong.selector);
        _runSkipping(left, _argumentsBatch(right, 0, ""), 0, IDepository.TokensInvalid.selector);
    }

    function test_arguments_areRefused_againstItself() public {
        _start(right, _proof(1, _withSwap(false)));
        bytes32 body = _hash(_withSwap(false));
        _runSkipping(left, _argumentsBatch(left, body, ""), 0, IDepository.SelfChannel.selector);
    }

    /// @dev What was given in one dispute must never be found in the next.
    function test_arguments_dieWithTheirDispute() public {
        ProofBody memory body = _withSwap(false);
        _start(right, _proof(1, body));
        _runWhole(left, _argumentsBatch(right, _hash(body), _ALL));
        _settle(left, _settlement(left, _diff(0, 0, 0, 0)));
        _start(right, _proof(1, body));
        // Sets the flag of the side, so that the place is looked up.
        _runWhole(left, _naming(right, _low));
        vm.warp(_fillBy() + 1);
        _passDeadline();
        DisputeFinalise memory item = _finaliseOf(body);
        item.leftTokens = new TokenId[](1);
        item.leftTokens[0] = _low;
        item.leftArguments = _ALL;
        vm.expectRevert(abi.encodeWithSelector(IDepository.ArgumentsWrong.selector, true));
        depository.finalise(item);
        item.leftArguments = "";
        depository.finalise(item);
        assert(_reserveOf(right, _low) == 0);
    }

    // ─── Named tokens ───────────────────────────────────────────────────────────────────────────

    function test_tokens_areClosedAlong_whoeverFinalises() public {
        ProofBody memory body;
        body.tokenIds = new TokenId[](1);
        body.tokenIds[0] = _low;
        body.offdeltas = new int128[](1);
        _start(left, _proof(1, body));
        _runWhole(right, _naming(left, _high));
        DisputeFinalise memory item = _finaliseOf(body);
        _passDeadline();
        vm.expectRevert(abi.encodeWithSelector(IDepository.TokensWrong.selector, false));
        depository.finalise(item);
        item.leftTokens = new TokenId[](1);
        item.leftTokens[0] = _high;
        vm.expectRevert(abi.encodeWithSelector(IDepository.TokensWrong.selector, true));
        depository.finalise(item);
        (item.leftTokens, item.rightTokens) = (item.rightTokens, item.leftTokens);
        depository.finalise(item);
        assert(_reserveOf(left, _low) == 100 && _reserveOf(right, _high) == 100);
    }

    function test_tokens_canBeNamedByBoth_andStandInTheBody() public {
        ProofBody memory body = _withSwap(false);
        body.clauses = new Clause[](0);
        body.offdeltas[0] = -10;
        _start(left, _proof(1, body));
        _runWhole(right, _naming(left, _low));
        _runWhole(left, _naming(right, _low));
        DisputeFinalise memory item = _finaliseOf(body);
        item.leftTokens = new TokenId[](1);
        item.leftTokens[0] = _low;
        item.rightTokens = item.leftTokens;
        _passDeadline();
        depository.finalise(item);
        assert(_reserveOf(left, _low) == 90 && _reserveOf(right, _low) == 10);
    }

    function test_tokens_areNamedOncePerSide_inOrder_andFew() public {
        _start(left, _proof(1, _withSwap(false)));
        uint256 most = depository.limits().namedTokensMax;
        bytes4 reason = IDepository.TokensInvalid.selector;
        _runSkipping(left, _namingMany(most + 1), 0, reason);
        Batch memory batch = _namingMany(2);
        batch.arguments[0].tokens[1] = batch.arguments[0].tokens[0];
        _runSkipping(left, batch, 0, reason);
        _runWhole(left, _namingMany(most));
        _runSkipping(left, _naming(right, _low), 0, IDepository.TokensNamedBefore.selector);
        _runWhole(right, _naming(left, _low));
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _fundWith(Actor memory actor, TokenId id) private {
        depository.deposit(actor.id, id, 100);
        Batch memory batch;
        batch.fundings = new Funding[](1);
        batch.fundings[0] = Funding(id, actor.id, new TopUp[](1));
        batch.fundings[0].topUps[0] = TopUp(_peerOf(actor).id, 100);
        _runWhole(actor, batch);
    }

    function _fillBy() private pure returns (uint64) {
        return 1_800_000_000 + DAY / 2;
    }

    /// @dev Both tokens, and an offer of 30 of the lower one for 30 of the higher.
    function _withSwap(bool ownerIsLeft) private view returns (ProofBody memory body) {
        body.tokenIds = new TokenId[](2);
        (body.tokenIds[0], body.tokenIds[1]) = (_low, _high);
        body.offdeltas = new int128[](2);
        return body.with(Bodies.swap(address(subcontract), ownerIsLeft, 30, _fillBy()));
    }

    function _hash(ProofBody memory body) private pure returns (bytes32) {
        return keccak256(abi.encode(body));
    }

    function _arguments(
        Actor memory peer,
        bytes32 body,
        bytes memory data
    ) private pure returns (DisputeArguments[] memory items) {
        items = new DisputeArguments[](1);
        items[0] = DisputeArguments(peer.id, body, data, new TokenId[](0));
    }

    function _argumentsBatch(
        Actor memory peer,
        bytes32 body,
        bytes memory data
    ) private pure returns (Batch memory batch) {
        batch.arguments = _arguments(peer, body, data);
    }

    function _naming(Actor memory peer, TokenId id) private pure returns (Batch memory batch) {
        batch.arguments = _arguments(peer, 0, "");
        batch.arguments[0].tokens = new TokenId[](1);
        batch.arguments[0].tokens[0] = id;
    }

    /// @dev Left names `count` tokens that the channel does not have.
    function _namingMany(uint256 count) private view returns (Batch memory batch) {
        batch.arguments = _arguments(right, 0, "");
        batch.arguments[0].tokens = new TokenId[](count);
        for (uint256 i; i < count; ++i) {
            batch.arguments[0].tokens[i] = _erc20(address(uint160(i + 1)));
        }
    }

    function _batchOf(DisputeFinalise memory item) private pure returns (Batch memory batch) {
        batch.finalises = new DisputeFinalise[](1);
        batch.finalises[0] = item;
    }

    function _reserveOf(Actor memory actor, TokenId id) private view returns (uint256) {
        return depository.reserveOf(actor.id, id);
    }
}
