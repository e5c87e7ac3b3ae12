// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "../../contracts/interfaces/IDepository.sol";
import {IGate, TokenKind} from "../../contracts/interfaces/IGate.sol";
import {ITokenReceiver} from "../../contracts/interfaces/ITokenReceiver.sol";
import {IUndoable} from "../../contracts/interfaces/IUndoable.sol";
import {OldCollectible} from "../../contracts/mocks/OldCollectible.sol";
import {Packed} from "../../contracts/mocks/Packed.sol";
import {TestErc721} from "../../contracts/mocks/TestErc721.sol";
import {TrickAsset} from "../../contracts/mocks/TrickAsset.sol";
import {EntityId, TokenId} from "../../contracts/types/Ids.sol";
import {GateWorld} from "./support/GateWorld.sol";
import {vm} from "./support/Vm.sol";

/// @notice Sends every ERC-721 that it gets straight back.
contract Boomerang {
    function onERC721Received(
        address,
        address from,
        uint256 id,
        bytes calldata
    ) external returns (bytes4) {
        TestErc721(msg.sender).transferFrom(address(this), from, id);
        return 0x150b7a02;
    }
}

/// @notice Sends every ERC-721 that it gets back, for the reserve of an entity.
contract Depositor {
    EntityId public immutable ENTITY;

    constructor(EntityId entity) {
        ENTITY = entity;
    }

    function onERC721Received(
        address,
        address from,
        uint256 id,
        bytes calldata
    ) external returns (bytes4) {
        TestErc721(msg.sender).safeTransferFrom(address(this), from, id, abi.encode(ENTITY));
        return 0x150b7a02;
    }
}

/// @title GateAttacks
/// @notice What tokens, receivers and relayers may try at the Gate; each was on paper before it was built.
contract GateAttacks is GateWorld {
    bytes4 private constant _FAILED = IDepository.TransferFailed.selector;

    function setUp() public {
        _createGateWorld();
    }

    // ─── One kind for ever ──────────────────────────────────────────────────────────────────────

    /// @dev The one collectible would be credited a second time under its other name.
    function test_kind_isThatOfTheFirstArrival_forEver() public {
        trick.mint(address(this), 7, 1);
        gate.depositErc721(left.id, address(trick), 7);
        bytes memory wrong = abi.encodeWithSelector(
            IGate.KindWrong.selector,
            address(trick),
            TokenKind.Erc1155,
            TokenKind.Erc721
        );
        trick.mint(address(this), 7, 1);
        vm.expectRevert(wrong);
        gate.depositErc1155(right.id, address(trick), 7, 1);
        vm.prank(address(trick));
        vm.expectRevert(wrong);
        gate.onERC1155Received(address(this), address(this), 7, 1, abi.encode(right.id));

        _runWhole(left, _withdrawal(_trick721(7), OUTSIDE, 1));
        vm.expectRevert(wrong);
        gate.depositErc1155(right.id, address(trick), 7, 1);
    }

    /// @dev Some collections give number 1 away when they are asked to `transfer(to, 1)`, which is how an
    /// ERC-20 leaves. Collectibles are not where ERC-20 are.
    function test_kind_erc20_cannotMoveACollectible() public {
        OldCollectible old = new OldCollectible();
        old.setApprovalForAll(address(gate), true);
        old.setApprovalForAll(address(depository), true);
        old.mint(address(this), 1);
        gate.depositErc721(right.id, address(old), 1);

        old.mint(address(this), 7);
        depository.deposit(left.id, _erc20(address(old)), 7);
        assert(depository.reserveOf(left.id, _erc20(address(old))) == 1);
        _skipsWithdrawal(_erc20(address(old)), OUTSIDE, 1, _FAILED);
        assert(old.ownerOf(1) == address(gate));
    }

    // ─── One credit per arrival ─────────────────────────────────────────────────────────────────

    function test_pull_thatAlsoCallsTheHook_creditsOnce() public {
        trick.addCall(address(gate), _hook721(7));
        trick.mint(address(this), 7, 1);
        gate.depositErc721(left.id, address(trick), 7);
        assert(trick.succeeded() == 1);
        assert(_has(left, _trick721(7)) == 1 && _has(right, _trick721(7)) == 0);
    }

    function test_pull_thatCallsTheHookTwice_creditsOnce() public {
        trick.addCall(address(gate), _hook721(7));
        trick.addCall(address(gate), _hook721(7));
        trick.mint(address(this), 7, 1);
        gate.depositErc721(left.id, address(trick), 7);
        assert(trick.succeeded() == 1 && _isReentered());
        assert(_has(left, _trick721(7)) == 1 && _has(right, _trick721(7)) == 0);
    }

    function test_pull_refusesTheHookOfAnotherArrival() public {
        trick.mint(address(gate), 8, 1);
        trick.addCall(address(gate), _hook721(8));
        trick.mint(address(this), 7, 1);
        gate.depositErc721(left.id, address(trick), 7);
        assert(trick.succeeded() == 0 && _isReentered() && _has(right, _trick721(8)) == 0);

        trick.clear();
        TrickAsset other = new TrickAsset();
        other.addCall(address(gate), _hook1155(7, 4));
        other.addCall(address(gate), _hook721(7));
        other.mint(address(this), 7, 5);
        gate.depositErc1155(left.id, address(other), 7, 5);
        assert(other.succeeded() == 0);
    }

    /// @dev A word without an arrival is worth nothing, nor is one that was counted before.
    function test_hook_creditsNothing_withoutAnArrival() public {
        bytes memory nothing = abi.encodeWithSelector(
            IDepository.NothingArrived.selector,
            _trick1155(7),
            5
        );
        vm.prank(address(trick));
        vm.expectRevert(nothing);
        gate.onERC1155Received(address(this), address(this), 7, 5, abi.encode(right.id));

        _depositTrick(left, 7, 5);
        vm.prank(address(trick));
        vm.expectRevert(nothing);
        gate.onERC1155Received(address(this), address(this), 7, 5, abi.encode(right.id));
        // Anybody can call it; no token stands there.
        vm.expectRevert();
        gate.onERC721Received(address(this), address(this), 7, abi.encode(right.id));
    }

    function test_hook_refusesMoreThanArrived() public {
        trick.mint(address(gate), 7, 4);
        vm.prank(address(trick));
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.NothingArrived.selector, _trick1155(7), 5)
        );
        gate.onERC1155Received(address(this), address(this), 7, 5, abi.encode(right.id));
    }

    function test_batchHook_refusesTheSameArrivalTwice() public {
        trick.mint(address(gate), 7, 5);
        (uint256[] memory ids, uint256[] memory amounts) = (new uint256[](2), new uint256[](2));
        (ids[0], ids[1], amounts[0], amounts[1]) = (7, 7, 5, 5);
        vm.prank(address(trick));
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.NothingArrived.selector, _trick1155(7), 5)
        );
        gate.onERC1155BatchReceived(address(0), address(0), ids, amounts, abi.encode(right.id));
        vm.prank(address(trick));
        vm.expectRevert(abi.encodeWithSelector(IGate.DataInvalid.selector, 1));
        gate.onERC1155BatchReceived(
            address(0),
            address(0),
            ids,
            new uint256[](1),
            abi.encode(right.id)
        );
    }

    function test_pull_creditsWhatReallyCame() public {
        trick.setMode(TrickAsset.Mode.MovesHalf);
        _depositTrick(left, 7, 5);
        assert(_has(left, _trick1155(7)) == 2 && gate.assetOf(_trick1155(7)).held == 2);
        trick.setMode(TrickAsset.Mode.MovesNothing);
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.NothingArrived.selector, _trick1155(7), 3)
        );
        gate.depositErc1155(left.id, address(trick), 7, 3);
    }

    /// @dev Sent without a word, it is nobody's: least of all of who pulls something else.
    function test_stray_isNotCreditedToWhoPullsNothing() public {
        art.mint(address(this), 7);
        art.transferFrom(address(this), address(gate), 7);
        vm.expectRevert(abi.encodeWithSelector(_FAILED, _art(7), address(gate), 1));
        gate.depositErc721(left.id, address(art), 7);
        assert(gate.assetOf(_art(7)).held == 0);
    }

    function test_deposit_reverts_whenTheTokenAnswersGarbage() public {
        bytes memory nothing = abi.encodeWithSelector(
            IDepository.NothingArrived.selector,
            _trick1155(7),
            5
        );
        trick.mint(address(this), 7, 5);
        for (uint8 answer = 1; answer <= uint8(TrickAsset.Answer.All); ++answer) {
            trick.setAnswer(TrickAsset.Answer(answer));
            vm.expectRevert(nothing);
            gate.depositErc1155(left.id, address(trick), 7, 5);
        }
        vm.expectRevert();
        gate.depositErc721(left.id, OUTSIDE, 1);
        vm.expectRevert();
        gate.depositErc721(left.id, address(token), 1);
    }

    // ─── No entry while one is open ─────────────────────────────────────────────────────────────

    function test_pull_letsNothingEnter() public {
        bytes[] memory ways = _ways();
        for (uint256 i; i < ways.length; ++i) {
            trick.clear();
            trick.addCall(i < 4 ? address(depository) : address(gate), ways[i]);
            _depositTrick(left, 7, 5);
            require(trick.succeeded() == 0 && _isReentered(), "entered in an arrival");
        }
    }

    function test_withdraw_letsNothingEnter() public {
        _depositTrick(left, 7, 50);
        bytes[] memory ways = _ways();
        for (uint256 i; i < ways.length; ++i) {
            trick.clear();
            trick.addCall(i < 4 ? address(depository) : address(gate), ways[i]);
            _runWhole(left, _withdrawal(_trick1155(7), OUTSIDE, 1));
            require(trick.succeeded() == 0 && _isReentered(), "entered in a withdrawal");
        }
    }

    /// @dev Else its owner would lose it: sent, and credited to nobody.
    function test_pull_refusesWhatIsSentInTheMiddle() public {
        art.mint(address(trick), 9);
        bytes memory send = abi.encodeWithSignature(
            "safeTransferFrom(address,address,uint256,bytes)",
            address(trick),
            address(gate),
            9,
            abi.encode(right.id)
        );
        trick.addCall(address(art), send);
        _depositTrick(left, 7, 5);
        assert(trick.succeeded() == 0 && art.ownerOf(9) == address(trick));
    }

    /// @dev A relayer must not be able to have a withdrawal skipped by sending the batch in the middle of an
    /// arrival: it reverts, and its nonce is not used up.
    function test_batch_isNotSkipped_inTheMiddleOfAnArrival() public {
        _depositArt(left, 7);
        bytes memory data = Packed.batch(_withdrawal(_art(7), OUTSIDE, 1));
        uint64 until = uint64(block.timestamp);
        bytes memory signature = _signBatch(left, data, 0, until);
        bytes memory call = abi.encodeCall(
            IDepository.processBatch,
            (left.id, data, 0, until, signature)
        );
        trick.addCall(address(depository), call);
        _depositTrick(stranger, 7, 5);
        assert(_isReentered() && depository.batchNonce(left.id) == 0);
        depository.processBatch(left.id, data, 0, until, signature);
        assert(art.ownerOf(7) == OUTSIDE);
    }

    function test_withdraw_isSkipped_whenTheReceiverSendsItBack() public {
        _depositArt(left, 7);
        _skipsWithdrawal(_art(7), address(new Boomerang()), 1, _FAILED);
        _skipsWithdrawal(_art(7), address(new Depositor(right.id)), 1, _FAILED);
        assert(art.ownerOf(7) == address(gate) && _has(right, _art(7)) == 0);
    }

    // ─── What a withdrawal may cost ─────────────────────────────────────────────────────────────

    function test_withdraw_isUndone_whenItCostsMoreOrLessThanItsAmount() public {
        _depositTrick(left, 7, 20);
        trick.setMode(TrickAsset.Mode.MovesTwice);
        TokenId id = _trick1155(7);
        _skipsWithdrawal(id, OUTSIDE, 5, IDepository.WithdrawalCostsMore.selector);
        trick.setMode(TrickAsset.Mode.MovesHalf);
        _skipsWithdrawal(id, OUTSIDE, 5, _FAILED);
        trick.setMode(TrickAsset.Mode.MovesNothing);
        _skipsWithdrawal(id, OUTSIDE, 5, _FAILED);
        assert(trick.holdings(address(gate), 7) == 20);
    }

    function test_withdraw_isSkipped_whenTheTokenFailsOrBurnsItsGas() public {
        _depositTrick(left, 7, 20);
        for (uint256 i; i < 2; ++i) {
            trick.setMode(i == 0 ? TrickAsset.Mode.Reverts : TrickAsset.Mode.BurnsGas);
            for (uint8 answer; answer <= uint8(TrickAsset.Answer.All); ++answer) {
                trick.setAnswer(TrickAsset.Answer(answer));
                _skipsWithdrawal(_trick1155(7), OUTSIDE, 5, _FAILED);
            }
        }
    }

    /// @dev Some collectibles are redeemed by being burnt on receipt.
    function test_withdraw_succeeds_whenTheReceiverBurnsIt() public {
        trick.mint(address(this), 7, 1);
        gate.depositErc721(left.id, address(trick), 7);
        trick.addCall(address(trick), abi.encodeCall(TrickAsset.burn, (OUTSIDE, 7, 1)));
        _runWhole(left, _withdrawal(_trick721(7), OUTSIDE, 1));
        assert(trick.succeeded() == 1 && _has(left, _trick721(7)) == 0);
    }

    /// @dev What one token does to its own holdings costs no other token anything.
    function test_withdraw_isSkipped_onlyOfTheTokenThatWentAway() public {
        _depositTrick(left, 7, 5);
        _depositArt(left, 7);
        trick.shove(address(gate), OUTSIDE, 7, 5);
        _skipsWithdrawal(_trick1155(7), OUTSIDE, 5, _FAILED);
        _runWhole(left, _withdrawal(_art(7), OUTSIDE, 1));
    }

    // ─── Others' doors ──────────────────────────────────────────────────────────────────────────

    function test_depositorysOwn_reverts_forEverybodyElse() public {
        bytes memory notSelf = abi.encodeWithSelector(IUndoable.NotSelf.selector, address(this));
        vm.expectRevert(notSelf);
        depository.beginArrival();
        vm.expectRevert(notSelf);
        depository.endArrival(left.id, tokenId, 1);
        vm.expectRevert(notSelf);
        depository.bring(left.id, tokenId, 1, "");
        _depositArt(left, 7);
        vm.expectRevert(abi.encodeWithSelector(IGate.NotDepository.selector, address(this)));
        gate.release(_art(7), address(this), 1);
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _hook721(uint256 id) private view returns (bytes memory) {
        return
            abi.encodeCall(
                ITokenReceiver.onERC721Received,
                (address(this), address(this), id, abi.encode(right.id))
            );
    }

    function _hook1155(uint256 id, uint256 amount) private view returns (bytes memory) {
        return
            abi.encodeCall(
                ITokenReceiver.onERC1155Received,
                (address(this), address(this), id, amount, abi.encode(right.id))
            );
    }

    /// @dev Four into the Depository, the others into the Gate.
    function _ways() private view returns (bytes[] memory ways) {
        ways = new bytes[](8);
        ways[0] = abi.encodeCall(IDepository.deposit, (right.id, tokenId, 1));
        ways[1] = abi.encodeCall(IDepository.enforceDebts, (left.id, tokenId, 1));
        ways[2] = abi.encodeCall(IDepository.processBatch, (left.id, "", 0, 0, ""));
        ways[3] = abi.encodeCall(IDepository.finalise, (_finaliseOf(_body(0))));
        ways[4] = abi.encodeCall(IGate.depositErc1155, (right.id, address(trick), 7, 1));
        ways[5] = abi.encodeCall(IGate.depositErc721, (right.id, address(art), 7));
        ways[6] = _hook1155(8, 1);
        ways[7] = abi.encodeWithSelector(
            IGate.depositWithAuthorization.selector,
            right.wallet,
            right.id,
            tokenId,
            1,
            0,
            0,
            0,
            0,
            0,
            0
        );
    }

    function _isReentered() private view returns (bool) {
        return bytes4(trick.lastAnswer()) == IDepository.Reentered.selector;
    }
}
